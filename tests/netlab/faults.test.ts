// What is in the way is the first thing that is said, in words, at both ends.
import { describe, test } from 'node:test';
import { faults } from './faults.ts';
import { tell } from './lab/fault.ts';
import { mayMakeSpaces } from './lab/space.ts';

const skip = mayMakeSpaces ? false : 'network namespaces are for root alone';

describe('the first sentence names the cause', { concurrency: 2, skip }, () => {
  for (const fault of faults) {
    test(`${fault.name} (${fault.browsers.join(', ')})`, { timeout: 240_000 }, async (context) => {
      for (const { person, sentence, afterMs } of await tell(fault)) context.diagnostic(`${person}, after ${afterMs} ms: ${sentence}`);
    });
  }
});
