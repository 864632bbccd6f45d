import { camera, microphone, openMedia } from '../state/media.ts';
import { bothDenied, troubleText } from '../words/trouble.ts';
import { Note } from './note.tsx';

/** What is wrong with the devices, in words, each with a way to try again. */
export function TroubleNotes() {
  const denied = camera.trouble.value === 'denied' && microphone.trouble.value === 'denied';
  if (denied) return <Note tone="warn" {...bothDenied()} action="Try again" onAction={() => void openMedia()} />;
  return (
    <>
      {[camera, microphone].map(
        (source) =>
          source.trouble.value !== null && (
            <Note
              key={source.kind}
              tone="warn"
              {...troubleText(source.kind, source.trouble.value)}
              action={source.kind === 'video' ? 'Try the camera again' : 'Try the microphone again'}
              onAction={() => void source.retry()}
            />
          ),
      )}
    </>
  );
}
