import { useEffect } from 'preact/hooks';
import { DevicePickers } from '../parts/device_pickers.tsx';
import { Heading } from '../parts/heading.tsx';
import { Readiness } from '../parts/readiness.tsx';
import { LevelMeter } from '../parts/level_meter.tsx';
import { Masthead } from '../parts/masthead.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { TroubleNotes } from '../parts/trouble_notes.tsx';
import { Unreachable } from '../parts/unreachable.tsx';
import { SelfVideo } from '../parts/video.tsx';
import { camera, microphone, opening } from '../state/media.ts';
import type { RoomLink } from 'plntry-call';
import { prefer, preferences } from '../state/preferences.ts';
import { enter, join, snapshot } from '../state/session.ts';
import { joiningWithout } from '../words/trouble.ts';

const kMaxName = 64;

export function Lobby({ at }: { at: RoomLink }) {
  useEffect(() => void enter(at), [at]);
  return (
    <div class="page">
      <Masthead />
      <main class="lobby">
        <div class="lobby-picture">
          <Preview />
          <TroubleNotes />
        </div>
        <div class="lobby-words">
          <Heading>Ready to join?</Heading>
          <p class="soft">
            Room <span class="room-name">{at.room}</span>
          </p>
          <JoinForm />
          <Readiness />
        </div>
        <div class="lobby-devices">
          <DevicePickers />
        </div>
      </main>
    </div>
  );
}

function Preview() {
  const track = camera.on.value ? camera.track.value : null;
  return (
    <div class="preview">
      {track === null ? (
        <p class="preview-empty">{opening.value ? 'Asking your browser for camera and microphone…' : 'Your camera is off'}</p>
      ) : (
        <SelfVideo track={track} />
      )}
      <div class="preview-bar">
        <Toggle source={microphone} />
        <Toggle source={camera} />
        <LevelMeter source={microphone} />
      </div>
    </div>
  );
}

function JoinForm() {
  const connecting = snapshot.value?.state.kind === 'connecting';
  const without = opening.value ? null : joiningWithout(microphone.on.value, camera.on.value);

  const submit = (event: Event) => {
    event.preventDefault();
    void join();
  };

  return (
    <form class="join" onSubmit={submit}>
      <div class="field">
        <label for="name">Your name</label>
        <input
          id="name"
          class="input"
          type="text"
          autoComplete="name"
          maxLength={kMaxName}
          value={preferences.value.name}
          onInput={(event) => prefer({ name: event.currentTarget.value })}
          aria-describedby="name-hint"
        />
        <p id="name-hint" class="hint">
          The others see it. You may leave it empty.
        </p>
      </div>
      <button class="button primary large" aria-disabled={connecting}>
        Join
      </button>
      <p class="join-note" role="status">
        {connecting ? 'Joining…' : without}
      </p>
      {connecting && <Unreachable />}
    </form>
  );
}
