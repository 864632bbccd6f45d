// The page as a person meets it: by the names that a screen reader speaks, the words on it, and what is seen and heard.
import assert from 'node:assert/strict';
import type { ConsoleMessage, ElementHandle, Page } from 'puppeteer-core';
import { type Flow, type FrameWatch, type Route, probe } from './probe.ts';
import { type RelayTransport, relayOver } from './relay_over.ts';
import { sleep, until } from './until.ts';

export type View = 'home' | 'lobby' | 'alone' | 'call' | 'left' | 'error';

export class CallPage {
  readonly name: string;
  readonly page: Page;
  /** Everything in the console, for the report of a failure. */
  readonly console: string[] = [];
  private readonly problems: string[] = [];
  /** Firefox says this of what was answered in the lobby, when nobody has joined five seconds later; whether people meet, tests see. */
  private readonly expected: RegExp[] = [/WebRTC: ICE failed/];

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  static async open(name: string, page: Page, over?: RelayTransport): Promise<CallPage> {
    const self = new CallPage(name, page);
    page.on('console', (message) => self.heard(message));
    page.on('pageerror', (error) => self.problem(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    await page.evaluateOnNewDocument(probe);
    if (over) await page.evaluateOnNewDocument(relayOver, over);
    return self;
  }

  /** Where one can be reached: the room's link with its key. */
  get link(): string { return this.page.url(); }

  async visit(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'load', timeout: 60_000 });
  }

  view(): Promise<View | undefined> {
    return this.page.evaluate(() => document.querySelector<HTMLElement>('[data-view]')?.dataset.view as View | undefined);
  }

  async reach(view: View, timeoutMs?: number): Promise<void> {
    await until(`${this.name} is in the view “${view}”`, async () => {
      const now = await this.view();
      if (now === view) return true;
      throw new Error(`in “${now}”: ${(await this.words()).slice(0, 200)}`);
    }, timeoutMs);
  }

  words(): Promise<string> {
    return this.page.evaluate(() => document.body.innerText.replace(/\s+/g, ' ').trim());
  }

  /** Waits until the page says something like `pattern`, and returns the whole text. */
  says(pattern: RegExp, timeoutMs?: number): Promise<string> {
    return until(`${this.name}'s page says ${pattern}`, async () => {
      const words = await this.words();
      if (pattern.test(words)) return words;
      throw new Error(`it says: ${words.slice(0, 300)}`);
    }, timeoutMs);
  }

  /** Presses the button or follows the link of this accessible name, once it is there and enabled. */
  async press(name: string): Promise<void> { await (await this.sees(name)).click(); }

  /** Waits until a button of this accessible name is there and enabled. */
  sees(name: string): Promise<ElementHandle> {
    return until(`${this.name} sees “${name}”`, async () => {
      const found = await this.page.$(`::-p-aria([name="${name}"][role="button"])`);
      return (await found?.evaluate((element) => !(element as HTMLButtonElement).disabled)) ? found : undefined;
    });
  }

  async has(name: string): Promise<boolean> {
    return (await this.page.$(`::-p-aria([name="${name}"])`)) !== null;
  }

  /** Home → “Start a call” → lobby → “Join” → alone. */
  async start(origin: string): Promise<void> {
    await this.visit(origin);
    await this.press('Start a call');
    await this.join();
    await this.reach('alone');
  }

  /** Opens a room's link and joins it. */
  async enter(link: string): Promise<void> {
    await this.visit(link);
    await this.join();
  }

  async join(): Promise<void> {
    await this.reach('lobby');
    await this.press('Join');
  }

  flows(): Promise<Record<string, Flow>> {
    return this.page.evaluate(() => window.plntryProbe.flows());
  }

  async route(): Promise<Route> {
    const { local, remote, over } = await this.page.evaluate(() => window.plntryProbe.route());
    return { local, remote, over };
  }

  async bytesSent(): Promise<number> {
    return (await this.page.evaluate(() => window.plntryProbe.route())).bytesSent;
  }

  /** In a call with `others` people, each of whom is seen (new frames decoded) and heard (sound that is no silence). */
  async meets(others = 1, timeoutMs?: number): Promise<void> {
    await this.reach('call', timeoutMs);
    const first = await until(`${this.name} has ${others} others on the page`, async () => {
      const flows = await this.flows();
      if (Object.keys(flows).length === others) return flows;
      throw new Error(`sees ${Object.keys(flows).length}`);
    }, timeoutMs);
    await until(`${this.name} sees and hears ${others} others`, async () => {
      const now = await this.flows();
      const arriving = Object.entries(now).filter(([id, flow]) => flow.seen && flow.heard &&
        flow.framesDecoded > (first[id]?.framesDecoded ?? 0) + 5 && flow.audioEnergy > (first[id]?.audioEnergy ?? 0));
      if (arriving.length === others) return true;
      throw new Error(JSON.stringify(now));
    }, timeoutMs);
  }

  /** A page that nobody has clicked on may have to ask for a click before the browser lets it play sound. */
  async allowSound(): Promise<void> {
    await this.reach('call');
    const flow = await until(`${this.name} sees somebody`, async () => Object.values(await this.flows()).find(({ seen }) => seen));
    if (!flow.heard) await this.press('Turn the sound on');
  }

  /** From now on watches what keeps arriving of everybody. The returned function tells it. */
  async watchFrames(): Promise<() => Promise<FrameWatch>> {
    await this.page.evaluate(() => { window.plntryWatch = window.plntryProbe.watch(); });
    return () => this.page.evaluate(() => window.plntryWatch());
  }

  /** What the console may say in this test, because the test provokes it. */
  expectInConsole(...patterns: RegExp[]): void { this.expected.push(...patterns); }

  /** Errors in the console and violations of the Content-Security-Policy that the test did not provoke. */
  async complaints(): Promise<string[]> {
    const violations = await this.page.evaluate(() => window.plntryProbe?.violations ?? []).catch(() => []);
    return [...this.problems, ...violations].map((text) => `${this.name}: ${text}`);
  }

  private heard(message: ConsoleMessage): void {
    this.console.push(`${message.type()}: ${message.text()}`);
    if (message.type() === 'error') this.problem(message.text());
  }

  private problem(text: string): void {
    if (this.expected.some((pattern) => pattern.test(text))) return;
    this.problems.push(text);
    this.console.push(`unexpected: ${text}`);
  }
}

/** Far above what a busy machine causes, far below what a connection that is set up anew would need. */
const kLongestPauseMs = 2_500;

/** Proves that during `interrupt` all of `people` saw and heard each other without waiting for a frame, over the connections that they had. */
export async function whileFramesGoOn(people: CallPage[], interrupt: () => Promise<void>): Promise<void> {
  const watches = await Promise.all(people.map((person) => person.watchFrames()));
  await interrupt();
  await sleep(kLongestPauseMs);  // what stopped in the end shows
  for (const [index, stop] of watches.entries()) {
    const name = people[index]?.name;
    const { looks, newConnections, arrived } = await stop();
    assert.ok(looks > 0, `${name} was not looked at`);
    assert.equal(newConnections, 0, `${name} made a new connection`);
    assert.ok(Object.keys(arrived).length >= Math.max(1, people.length - 1), `${name} saw ${Object.keys(arrived).length} others`);
    for (const [participant, { frames, audioPackets, longestPauseMs }] of Object.entries(arrived)) {
      assert.ok(longestPauseMs < kLongestPauseMs, `${name} saw no frame of ${participant} for ${longestPauseMs} ms`);
      assert.ok(frames > 0 && audioPackets > 0, `${name} got ${frames} frames and ${audioPackets} packets of sound from ${participant}`);
    }
  }
}
