import { useSignal } from '@preact/signals';
import { Masthead } from '../parts/masthead.tsx';
import { Orbit } from '../parts/orbit.tsx';
import { Heading } from '../parts/heading.tsx';
import { goTo, newPlace, parsePlace } from '../state/place.ts';

const kNotAPlace = {
  empty: 'Type a room name, or paste the link that you were sent.',
  room_name: 'A room name has 3 to 64 letters, digits or hyphens, like “garden-club”.',
  key_malformed: 'This link is not complete: copy all of it, also what comes after “#”.',
  check: 'That is the page that checks your network. Choose another name for a room.',
  elsewhere: 'This link leads to another server. Open it in the address bar of your browser.',
} as const;

export function Home() {
  return (
    <div class="page">
      <Masthead />
      <main class="home">
        <div class="home-words">
          <Heading>Talk face to face, right in the browser.</Heading>
          <p class="lead">
            plntry is a video call between two browsers, from any two networks: no account, nothing to install.
          </p>
          <button class="button primary large" onClick={() => goTo(newPlace())}>
            Start a call
          </button>
          <GoToRoom />
        </div>
        <Orbit />
      </main>
    </div>
  );
}

function GoToRoom() {
  const text = useSignal('');
  const error = useSignal<keyof typeof kNotAPlace | null>(null);

  const submit = (event: Event) => {
    event.preventDefault();
    const place = parsePlace(text.value);
    if (typeof place === 'string') error.value = place;
    else goTo(place);
  };

  return (
    <form class="go-to-room" onSubmit={submit} noValidate>
      <label for="room">Have a room name or a link?</label>
      <div class="row">
        <input
          id="room"
          class="input"
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          spellcheck={false}
          placeholder="garden-club"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            error.value = null;
          }}
          aria-invalid={error.value !== null}
          aria-describedby="room-error"
        />
        <button class="button">Go there</button>
      </div>
      <p id="room-error" class="field-error" role="alert">
        {error.value && kNotAPlace[error.value]}
      </p>
    </form>
  );
}
