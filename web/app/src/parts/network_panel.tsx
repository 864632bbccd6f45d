import { diagnose, maskAddress, waterfallOf } from 'plntry-call/diagnosis';
import type { Bar, Facts, LinkFacts, Sample, Verdict } from 'plntry-call/diagnosis';
import { facts, report } from '../state/diagnosis.ts';
import {
  endText,
  kSteps,
  limitText,
  millisecondsText,
  pictureText,
  rateText,
  routeText,
  shareText,
  soundText,
  totalRate,
} from '../words/network.ts';
import { CopyReport } from './copy_report.tsx';
import { CheckIcon, DotsIcon, WarningIcon } from './icons.tsx';
import { Sparkline } from './sparkline.tsx';

const kEvents = 60;

/** Everything that is known of the call: the verdict on top, the numbers below it. */
export function NetworkPanel() {
  const known = facts.value;
  if (known === null) return <p class="soft">Nothing is known yet.</p>;
  return (
    <div class="network">
      {known.links.length === 0 && <Verdicts facts={known} />}
      {known.links.map((link) => (
        <Link key={link.participant} facts={known} link={link} single={known.links.length === 1} />
      ))}
      <details>
        <summary>What happened when</summary>
        <Timeline facts={known} />
      </details>
      <CopyReport make={() => report()} />
    </div>
  );
}

function Link({ facts, link, single }: { facts: Facts; link: LinkFacts; single: boolean }) {
  const sample = link.samples.at(-1) ?? null;
  const bars = waterfallOf(facts, link);
  return (
    <div class="network-link" role="group" aria-label={link.name || 'Guest'}>
      {!single && <h3>{link.name || 'Guest'}</h3>}
      <Verdicts facts={facts} participant={link.participant} />
      {sample && <Plots samples={link.samples} />}
      {sample && <Numbers sample={sample} />}
      {bars.length > 0 && <Waterfall bars={bars} />}
    </div>
  );
}

function Verdicts({ facts, participant }: { facts: Facts; participant?: string }) {
  const { verdict, also } = diagnose(facts, participant);
  return (
    <div class="verdict">
      <Sentence verdict={verdict} />
      {also.length > 0 && (
        <ul>
          {also.map((other) => (
            <li key={other.cause}>{other.sentence}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Sentence({ verdict }: { verdict: Verdict }) {
  const { tone, sentence, advice } = verdict;
  return (
    <div class={`verdict-first ${tone}`}>
      {tone === 'good' ? <CheckIcon /> : tone === 'waiting' ? <DotsIcon /> : <WarningIcon />}
      <p>
        <strong>{sentence}</strong> {advice}
      </p>
    </div>
  );
}

function Plots({ samples }: { samples: readonly Sample[] }) {
  const { roundTrip, received, sent } = samples.at(-1)!;
  const loss = (sample: Sample) => sample.received.video?.loss ?? sample.received.audio?.loss ?? null;
  return (
    <div class="sparks">
      <Sparkline
        label="Round trip"
        values={samples.map((sample) => sample.roundTrip)}
        now={millisecondsText(roundTrip)}
        top={0.1}
      />
      <Sparkline label="Lost" values={samples.map(loss)} now={shareText(loss(samples.at(-1)!))} top={0.05} />
      <Sparkline
        label="Received"
        values={samples.map((sample) => totalRate(sample.received))}
        now={rateText(totalRate(received))}
        top={500_000}
      />
      <Sparkline
        label="Sent"
        values={samples.map((sample) => totalRate(sample.sent))}
        now={rateText(totalRate(sent))}
        top={500_000}
      />
    </div>
  );
}

function Numbers({ sample }: { sample: Sample }) {
  const { route, received, sent } = sample;
  const rows: readonly (readonly [string, string])[] = [
    ...(route
      ? ([
          ['Route', routeText(route)],
          ['Your end', endText(route.local, maskAddress)],
          ['Their end', endText(route.remote, maskAddress)],
        ] as const)
      : []),
    ['Picture you get', pictureText(received.video)],
    ['Picture you send', pictureText(sent.video)],
    ['Sound you get', soundText(received.audio)],
    ['Sound you send', soundText(sent.audio)],
    [
      'Jitter',
      `${millisecondsText(received.audio?.jitter ?? null)} sound, ${millisecondsText(received.video?.jitter ?? null)} picture`,
    ],
    ['Lost on its way there', shareText(sent.video?.loss ?? sent.audio?.loss ?? null)],
    ['Quality limited by', limitText(sent.video)],
  ];
  return (
    <dl class="numbers">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const kBarWidth = 300;
const kLeastWidth = 3;

/** Where the time went until the first picture. */
function Waterfall({ bars }: { bars: readonly Bar[] }) {
  const end = Math.max(1, ...bars.map(({ from, to }) => to ?? from));
  const scale = kBarWidth / end;
  return (
    <figure class="waterfall">
      <figcaption>Setting up took {Math.round(end)} ms</figcaption>
      <dl>
        {bars.map(({ step, from, to }) => (
          <div key={step}>
            <dt>{kSteps[step]}</dt>
            <dd>
              <svg viewBox={`0 0 ${kBarWidth} 10`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect
                  x={Math.min(from * scale, kBarWidth - kLeastWidth)}
                  y="1"
                  height="8"
                  rx="2"
                  width={Math.max(kLeastWidth, ((to ?? end) - from) * scale)}
                  class={to === null ? 'open' : ''}
                />
              </svg>
              <span>{to === null ? 'goes on' : `${Math.round(to - from)} ms`}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

function Timeline({ facts }: { facts: Facts }) {
  const states = facts.links.flatMap((link) => link.states.map(({ at, what, state }) => ({ at, what: `${what} ${state}` })));
  const lines = [...facts.events, ...states].toSorted((a, b) => a.at - b.at).slice(-kEvents);
  return (
    <ol class="timeline">
      {lines.map(({ at, what }, i) => (
        <li key={i}>
          <time>{(at / 1000).toFixed(2)} s</time> {what}
        </li>
      ))}
    </ol>
  );
}
