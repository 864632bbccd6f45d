// The page for people who use no mouse.
import type { CallPage } from './call_page.ts';
import { until } from './until.ts';

/** Tabs until the focus is on the control of this accessible name, and is to be seen there. */
export async function tabTo(person: CallPage, name: string | RegExp): Promise<void> {
  const isIt = (seen: string): boolean => typeof name === 'string' ? seen === name : name.test(seen);
  const seen: string[] = [];
  for (let step = 0; step < 40; step += 1) {
    await person.page.keyboard.press('Tab');
    const focused = await person.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return '';
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.innerText : undefined;
      const name = element.getAttribute('aria-label') ?? label ?? (element as HTMLElement).innerText.trim();
      return outlineStyle === 'none' && boxShadow === 'none' ? `${name} (focus is not visible)` : name;
    });
    seen.push(focused);
    if (isIt(focused)) return;
  }
  throw new Error(`“${name}” was not reached by 40 times Tab; on the way: ${seen.join(' | ')}`);
}

export async function pressByKeyboard(person: CallPage, name: string, key: 'Enter' | ' ' = 'Enter'): Promise<void> {
  await until(`${person.name} sees “${name}”`, () => person.has(name));
  await tabTo(person, name);
  await person.page.keyboard.press(key);
}

export async function typeByKeyboard(person: CallPage, field: string, text: string): Promise<void> {
  await tabTo(person, field);
  await person.page.keyboard.type(text);
}
