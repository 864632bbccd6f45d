// axe-core, run in the page against everything it knows of WCAG 2.2 A and AA and of best practice.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { CallPage } from './call_page.ts';

const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));
const source = readFileSync(fromWeb.resolve('axe-core/axe.min.js'), 'utf8');

declare global { interface Window { axe: { run(context: Document, options: RunOptions): Promise<AxeResults> } } }

/** One line for each violation: the rule, what it means, and where. */
export async function violations(person: CallPage): Promise<string[]> {
  if (!await person.page.evaluate(() => 'axe' in window)) await person.page.evaluate(source);
  const results = await person.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll(/\s+/g, ' ')}`));
}

/** Resolves when what the page was just told has been painted, and whatever it set in motion has come to rest. */
export async function settled(person: CallPage): Promise<void> {
  await person.page.evaluate(async () => {
    const painted = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    await painted();
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    await painted();
  });
}
