import type { Trouble } from 'plntry-call';
import { useRef } from 'preact/hooks';
import { snapshot, tryNow } from '../state/session.ts';
import { withoutServerText } from '../words/path.ts';
import { useSecondsUntil } from './clock.ts';

const kTrouble: Readonly<Record<Trouble, string>> = {
  server_unreachable: 'The server cannot be reached.',
  server_restarting: 'The server is restarting.',
  server_full: 'The server is full.',
  too_many_connections: 'Too many connections come from your network.',
  flooding: 'The server asks to slow down.',
  slow_consumer: 'Your connection to the server is too slow right now.',
};

/**
 * Says why the server is out of reach and when the next try comes; in a call, what becomes of the call. What is told
 * aloud is there before its words are, and of them only those that change are said again.
 */
export function Unreachable() {
  return (
    <div role="status" aria-atomic={false}>
      <Trying />
    </div>
  );
}

function Trying() {
  const state = snapshot.value?.state;
  if (state === undefined || (state.kind !== 'connecting' && state.kind !== 'reconnecting')) return null;
  if (state.trouble === null && state.nextTryAt === null) return null;
  const ofCall = state.kind === 'reconnecting' ? withoutServerText(snapshot.value?.participants ?? []) : null;
  return (
    <div class="note warn">
      <p>
        <strong>{kTrouble[state.trouble ?? 'server_unreachable']}</strong> {ofCall !== null && `${ofCall} `}
        {state.nextTryAt === null ? 'Trying…' : <NextTry key={state.nextTryAt} at={state.nextTryAt} />}
      </p>
      {state.nextTryAt !== null && (
        <button class="button small" type="button" onClick={tryNow}>
          Try now
        </button>
      )}
    </div>
  );
}

/** Counted down for the eye; a screen reader says once a try how long it is, in place of every second. */
function NextTry({ at }: { at: number }) {
  const seconds = useSecondsUntil(at);
  const told = useRef(`Next try ${seconds <= 1 ? 'in a second' : `in ${seconds} seconds`}.`).current;
  return (
    <>
      <span aria-hidden="true">Next try {seconds === 0 ? 'now' : `in ${seconds} s`}.</span>
      <span class="hidden-visually">{told}</span>
    </>
  );
}
