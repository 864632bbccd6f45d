import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathState } from 'plntry-call';
import { withoutServerText } from '../src/words/path.ts';

const kCases: readonly (readonly [readonly PathState[], string | null])[] = [
  [[], null],
  [['connected'], 'Your call goes on.'],
  [['connected', 'waiting'], 'Your call goes on.'],
  [['interrupted'], 'Your call waits for the server.'],
  [['interrupted', 'failed'], 'Your call waits for the server.'],
  [['connected', 'interrupted'], 'Part of your call goes on; the rest waits for the server.'],
  [['waiting'], null],
  [['failed'], null],
  [['key_mismatch'], null],
];

for (const [paths, text] of kCases) {
  test(`without the server, with paths ${paths.join(' and ') || 'to nobody'}: ${text ?? 'nothing is said of the call'}`, () => {
    assert.equal(withoutServerText(paths.map((path) => ({ path }))), text);
  });
}
