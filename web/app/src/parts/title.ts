import { effect } from '@preact/signals';
import { place } from '../state/place.ts';
import { participants, problem, snapshot, view } from '../state/session.ts';
import { kEndings } from '../words/ending.ts';
import { listOf, nameOf } from '../words/name.ts';

/** The tab says what state the call is in. */
export function keepTitle(): void {
  effect(() => {
    const says = title();
    document.title = says === '' ? 'plntry' : `${says} – plntry`;
  });
}

function title(): string {
  if (problem.value !== null) return kEndings[problem.value].title;
  const others = participants.value;
  switch (view.value) {
    case 'lobby':
      return typeof place.value === 'object' && place.value !== null ? `Join ${place.value.room}` : '';
    case 'alone':
      return 'Waiting for others';
    case 'call':
      if (snapshot.value?.state.kind === 'reconnecting') return 'Reconnecting…';
      return others.length === 0 ? 'Joining…' : `In call with ${listOf(others.map(nameOf))}`;
    case 'left':
      return 'You left the call';
    default:
      return '';
  }
}
