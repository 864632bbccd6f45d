// axe-core, run in the page against everything it knows of WCAG 2.2 A and AA and of best practice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { SerializedAXNode } from 'puppeteer-core';
import type { CallPage } from './call_page.ts';

const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));
const source = readFileSync(fromWeb.resolve('axe-core/axe.min.js'), 'utf8');

declare global { interface Window { axe: { run(context: Document, options: RunOptions): Promise<AxeResults> } } }

/** One line for each violation: the rule, what it means, and where. */
async function violations(person: CallPage): Promise<string[]> {
  if (!await person.page.evaluate(() => 'axe' in window)) await person.page.evaluate(source);
  const results = await person.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll(/\s+/g, ' ')}`));
}

/** All words of the page as assistive technology is given them. */
export async function spokenBy(person: CallPage): Promise<string> {
  const wordsOf = ({ role, name = '', children = [] }: SerializedAXNode): string[] =>
    [...role === 'StaticText' ? [name] : [], ...children.flatMap(wordsOf)];
  const root = await person.page.accessibility.snapshot({ interestingOnly: false });
  return root ? wordsOf(root).join(' ') : '';
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

// Sizes alone: a switch to a touch screen would make the page reload.
export const screens = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

export async function isAccessible(person: CallPage, state: string): Promise<void> {
  for (const [screen, viewport] of Object.entries(screens)) {
    await person.page.setViewport(viewport);
    for (const scheme of ['light', 'dark']) {
      await person.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
      await settled(person);
      assert.deepEqual(await violations(person), [], `${state}, ${screen}, ${scheme}`);
      const { scrollWidth, clientWidth } = await person.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      assert.ok(scrollWidth <= clientWidth, `${state}, ${screen}: nothing sticks out sideways`);
    }
  }
}
