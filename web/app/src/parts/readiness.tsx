import type { Readiness as Ready } from 'plntry-call/diagnosis';
import { readiness } from '../state/diagnosis.ts';
import { CheckIcon, CrossIcon, DotsIcon } from './icons.tsx';

const kNetworks: Readonly<Record<Ready['network'], string>> = {
  same: 'Same network',
  others: 'Other networks',
  locked: 'Locked-down office',
};

/** Whether a call would work from here, tried before anybody is there. Its place is kept, so that “Join” does not move away from a finger. */
export function Readiness() {
  const known = readiness.value;
  if (known === null) return <div class="readiness" />;
  const trying = known.some(({ works }) => works === null);
  return (
    <section class="readiness" aria-label="Will a call work?">
      <ul>
        {known.map(({ network, works, how }) => (
          <li key={network} class={works === null ? 'trying' : works ? 'works' : 'fails'}>
            {works === null ? <DotsIcon /> : works ? <CheckIcon /> : <CrossIcon />}
            <span>
              {kNetworks[network]}
              <span class="hidden-visually">{works === null ? ': trying' : works ? ': works' : ': does not work'}</span>
              {how !== null && <span class="soft"> {works ? `(${how})` : `– ${how}.`}</span>}
            </span>
          </li>
        ))}
      </ul>
      <p class="hidden-visually" role="status">
        {!trying && 'Your network has been checked.'}
      </p>
      <a href="/check" target="_blank" rel="noopener">
        Check thoroughly
      </a>
    </section>
  );
}
