import { useEffect, useRef } from 'preact/hooks';

/** One's own camera: mirrored, as one knows oneself, and silent. */
export function SelfVideo({ track }: { track: MediaStreamTrack }) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current!;
    video.srcObject = new MediaStream([track]);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  // `muted` must be set before the first frame for iOS to play it without a tap.
  return <video ref={element} class="mirrored" autoPlay muted playsInline aria-label="Your camera" />;
}
