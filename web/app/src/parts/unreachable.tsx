import type { Trouble } from 'plntry-call';
import { snapshot, tryNow } from '../state/session.ts';
import { useSecondsUntil } from './clock.ts';

const kTrouble: Readonly<Record<Trouble, string>> = {
  server_unreachable: 'The server cannot be reached.',
  server_restarting: 'The server is restarting.',
  server_full: 'The server is full.',
  too_many_connections: 'Too many connections come from your network.',
  flooding: 'The server asks to slow down.',
  slow_consumer: 'Your connection to the server is too slow right now.',
};

/** Says why the server is out of reach and when the next try comes; in a call, that the call itself goes on. */
export function Unreachable() {
  const state = snapshot.value?.state;
  if (state === undefined || (state.kind !== 'connecting' && state.kind !== 'reconnecting')) return null;
  if (state.trouble === null && state.nextTryAt === null) return null;
  const goesOn = state.kind === 'reconnecting' && (snapshot.value?.participants.length ?? 0) > 0;
  return (
    <div class="note warn" role="status">
      <p>
        <strong>{kTrouble[state.trouble ?? 'server_unreachable']}</strong> {goesOn && 'Your call goes on. '}
        {state.nextTryAt === null ? 'Trying…' : <NextTry at={state.nextTryAt} />}
      </p>
      {state.nextTryAt !== null && (
        <button class="button small" type="button" onClick={tryNow}>
          Try now
        </button>
      )}
    </div>
  );
}

/** Outside of what a screen reader is told: it would count every second aloud. */
function NextTry({ at }: { at: number }) {
  const seconds = useSecondsUntil(at);
  return <span aria-hidden="true">Next try {seconds === 0 ? 'now' : `in ${seconds} s`}.</span>;
}
