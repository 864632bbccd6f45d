import { useEffect } from 'preact/hooks';
import { CopyReport } from '../parts/copy_report.tsx';
import { Heading } from '../parts/heading.tsx';
import { CheckIcon, CrossIcon, DotsIcon, WarningIcon } from '../parts/icons.tsx';
import { Masthead } from '../parts/masthead.tsx';
import { checkReport, finishedAt, lines, runCheck, running, type Line, type Outcome } from '../state/check.ts';

const kWords: Readonly<Record<Outcome, string>> = {
  waiting: 'waiting',
  running: 'trying',
  good: 'good',
  fair: 'not as it should be',
  bad: 'does not work',
};

/** The page /check: tries each thing that a call needs by itself. */
export function Check({ root }: { root: HTMLElement }) {
  useEffect(() => {
    root.dataset['view'] = 'check';
    document.title = 'Check your network · plntry';
  }, []);
  const isRunning = running.value;
  const finished = finishedAt.value;
  return (
    <div class="page">
      <Masthead />
      <main class="check">
        <Heading>Will calls work from here?</Heading>
        <p class="lead">
          This tries everything that a call needs: the server, each relay with real traffic, your router, camera and microphone.
          It takes about half a minute and some megabytes; your browser will ask for camera and microphone.
        </p>
        <button class="button primary large" aria-disabled={isRunning} onClick={() => void runCheck()}>
          {isRunning ? 'Checking…' : finished === null ? 'Start the check' : 'Check again'}
        </button>
        <ul class="check-list">
          {lines.value.map((line) => (
            <CheckLine key={line.id} line={line} />
          ))}
        </ul>
        <p role="status" class={finished === null ? 'hidden-visually' : 'check-sum'}>
          {finished !== null && summary(lines.value)}
        </p>
        {finished !== null && <CopyReport make={checkReport} />}
      </main>
    </div>
  );
}

function CheckLine({ line: { title, outcome, text } }: { line: Line }) {
  return (
    <li class={outcome}>
      <OutcomeIcon outcome={outcome} />
      <div>
        <h2>
          {title}
          <span class="hidden-visually">: {kWords[outcome]}</span>
        </h2>
        <p class="soft">{text}</p>
      </div>
    </li>
  );
}

function OutcomeIcon({ outcome }: { outcome: Outcome }) {
  switch (outcome) {
    case 'good':
      return <CheckIcon />;
    case 'fair':
      return <WarningIcon />;
    case 'bad':
      return <CrossIcon />;
    default:
      return <DotsIcon />;
  }
}

function summary(all: readonly Line[]): string {
  const relays = all.filter(({ id }) => id.startsWith('turn'));
  const bad = all.filter(({ outcome }) => outcome === 'bad');
  if (bad.length === 0) return 'All is well: calls will work from here.';
  const works = relays.some(({ outcome }) => outcome === 'good' || outcome === 'fair');
  const only = bad.every(({ id }) => id.startsWith('turn'));
  if (only && works) return 'Calls will work from here, though not by every way.';
  if (only) return 'Calls will work with some networks only: no relay can be used from here.';
  return 'Something that calls need does not work; see what is said above.';
}
