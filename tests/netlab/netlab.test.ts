// Calls between homes of every kind: each takes the best way that there is, and pictures flow both ways.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { essential } from './cells.ts';
import { play } from './lab/cell.ts';
import { mayMakeSpaces } from './lab/space.ts';

const skip = mayMakeSpaces ? false : 'network namespaces are for root alone';

describe('from any network to any other', { concurrency: 3, skip }, () => {
  for (const cell of essential) {
    test(`${cell.name} (${cell.browsers.join(' → ')}): ${cell.way}`, { timeout: 240_000 }, async () => {
      const { way, evidence } = await play(cell);
      assert.equal(way, cell.way, evidence);
    });
  }
});
