import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Participant } from 'plntry-call';
import { leaveBecauseWordsDiffer } from '../state/session.ts';
import { nameOf } from '../words/name.ts';
import { LockIcon } from './icons.tsx';

/** The words come a moment after the path: until then there is nothing to say. */
const kPatienceMs = 3000;

/** In a room without a key only the people themselves can tell whether somebody sits between them. */
export function WordsPanel({ other, single }: { other: Participant; single: boolean }) {
  /** Those that match. On another link there are other words, and who is on it is to be found out again. */
  const compared = useSignal('');
  if (other.words === null) return other.path === 'connected' ? <NotVerified other={other} single={single} /> : null;
  const words = other.words.join(' ');
  if (compared.value === words) return null;
  return (
    <div class="note words" role="group" aria-label="Check that nobody listens in">
      <LockIcon />
      <div class="words-text">
        <p>Compare these words aloud{single ? '' : ` with ${nameOf(other)}`}:</p>
        <ul>
          {other.words.map((word, i) => (
            <li key={i}>{word}</li>
          ))}
        </ul>
        <p class="soft">If you both see the same words, nobody is listening in between you.</p>
      </div>
      <div class="words-actions">
        <button class="button small" onClick={() => (compared.value = words)}>
          They match
        </button>
        <button class="button small" onClick={leaveBecauseWordsDiffer}>
          They differ
        </button>
      </div>
    </div>
  );
}

/** A server that withholds the words must not be able to do it silently. */
function NotVerified({ other, single }: { other: Participant; single: boolean }) {
  const overdue = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => (overdue.value = true), kPatienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (!overdue.value) return null;
  return (
    <div class="note" role="status">
      <p>
        <strong>Not verified yet{single ? '' : `: ${nameOf(other)}`}.</strong> The words to compare have not come, so somebody could
        listen in. If they do not come, start a new call.
      </p>
    </div>
  );
}
