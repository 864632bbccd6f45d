// A server and the people who open its page.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'puppeteer-core';
import { type Devices, type Kind, browser } from './browser.ts';
import { Cable } from './cable.ts';
import { CallPage } from './call_page.ts';
import type { RelayTransport } from './relay_over.ts';
import { Server } from './server.ts';
import { until } from './until.ts';

const evidence = join(import.meta.dirname, '../../../build/e2e');

export interface PersonOptions {
  devices?: Devices;
  /** Another tab in the browser profile of this one. */
  beside?: CallPage;
  /** The page is left the relay over this transport, and no other. */
  relayOver?: RelayTransport;
}

export class Scene {
  readonly server: Server;
  readonly people: CallPage[] = [];
  private readonly contexts: BrowserContext[] = [];
  private readonly endings: (() => Promise<unknown>)[] = [];

  constructor(server: Server) { this.server = server; }

  async person(name: string, kind: Kind = 'chromium', { devices = 'fake', beside, relayOver }: PersonOptions = {}): Promise<CallPage> {
    let context = beside?.page.browserContext();
    if (!context) {
      context = await (await browser(kind, devices)).createBrowserContext();
      this.contexts.push(context);
    }
    // Only a page in a window of its own is visible; Firefox paints a page in a background tab when it likes.
    const person = await CallPage.open(name, await context.newPage({ type: beside ? 'tab' : 'window' }), relayOver);
    this.people.push(person);
    return person;
  }

  /** Two people in a call that is up, the second having joined by the first one's link. */
  async call(first: Kind = 'chromium', second: Kind = first): Promise<[CallPage, CallPage]> {
    const [anna, ben] = [await this.person('Anna', first), await this.person('Ben', second)];
    await anna.start(this.server.origin);
    await ben.enter(anna.link);
    await Promise.all([anna.meets(), ben.meets()]);
    return [anna, ben];
  }

  /** A path to the server that can be cut; open the page at its origin. */
  async cable(): Promise<Cable> {
    const cable = await Cable.lay(this.server.port);
    this.atEnd(() => cable.cut());
    return cable;
  }

  /** Ends what else the scene stands on, when the people have gone and would not miss it. */
  atEnd(ending: () => Promise<unknown>): void { this.endings.push(ending); }

  /** Waits until the server counts `participants` who are connected. */
  async arePresent(participants: number): Promise<void> {
    await until(`${participants} participants are present`, async () => {
      const present = await this.server.metric('plntry_participants_present');
      if (present === participants) return true;
      throw new Error(`${present} are`);
    });
  }

  async complaints(): Promise<string[]> {
    return (await Promise.all(this.people.map((person) => person.complaints()))).flat();
  }

  /** Leaves evidence of a failure: consoles, the server's log, and pictures in build/e2e. */
  async report(title: string): Promise<void> {
    await mkdir(evidence, { recursive: true });
    const stem = title.replaceAll(/[^a-z0-9]+/gi, '_').slice(0, 80);
    for (const person of this.people) {
      const path = join(evidence, `${stem}.${person.name}.png`);
      console.log(`--- ${person.name} at ${person.link}, in “${await person.view().catch(() => 'a page that is gone')}” (${path})`);
      console.log([...person.console, ...await person.page.evaluate(() => window.plntryProbe.describe()).catch(() => [])].join('\n'));
      await person.page.screenshot({ path: path as `${string}.png` }).catch((error) => console.log(`no screenshot: ${error}`));
    }
    console.log(`--- the server\n${this.server.log}`);
  }

  async end(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close().catch(() => undefined)));
    try {
      await Promise.all(this.endings.map((ending) => ending()));
    } finally {
      await this.server.stop();
    }
  }
}
