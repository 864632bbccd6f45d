// One's own picture, small and movable, in the call.
import assert from 'node:assert/strict';
import { settled } from './accessibility.ts';
import type { CallPage } from './call_page.ts';

/** The corner where one's own picture is, as it is said and as it is seen. */
export async function ownCorner(person: CallPage): Promise<string> {
  await settled(person);
  const { said, seen } = await person.page.evaluate(() => {
    const own = document.querySelector('[aria-label^="Your picture"]')!;
    const { left, right, top, bottom } = own.getBoundingClientRect();
    return {
      said: own.getAttribute('aria-label')?.replace(/^Your picture, (.*)\. Arrow keys or Enter move it\.$/, '$1'),
      seen: `${top + bottom < innerHeight ? 'top' : 'bottom'} ${left + right < innerWidth ? 'left' : 'right'}`,
    };
  });
  assert.equal(said, seen);
  return seen;
}
