// Where the pictures are taken: a server, people with a face each, and a camera for every screen and colour scheme.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CallPage } from '../../tests/e2e/harness/call_page.ts';
import { Server } from '../../tests/e2e/harness/server.ts';
import { kPeople, writePortrait } from './portrait.mjs';

const puppeteer = createRequire(join(import.meta.dirname, '../../web/package.json'))('puppeteer-core').default;

// Sizes alone: a switch to a touch screen would make the page reload.
const kScreens = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const kArguments = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream',
  // Names that lead here and are not localhost: at one the page is not secure, and at the other as if over https.
  '--host-resolver-rules=MAP *.example 127.0.0.1', '--unsafely-treat-insecure-origin-as-secure=*.plntry.example',
  '--disable-features=WebRtcHideLocalIpsWithMdns', '--allow-loopback-in-peer-connection',
];

/** Runs in the page: Chromium calls a fake camera by the path of its film. */
function nameDevices() {
  const labels = { videoinput: 'Built-in camera', audioinput: 'Built-in microphone', audiooutput: 'Built-in speakers' };
  Object.defineProperty(MediaDeviceInfo.prototype, 'label', {
    get() {
      return labels[this.kind];
    },
  });
}

export class Studio {
  /** [state, what it shows, schemes] in the order in which they were taken. */
  #taken = [];
  #browsers = new Map();
  #servers = [];
  #contexts = new Set();
  #folder;
  #scratch;

  static async open(folder, scratch) {
    const studio = new Studio();
    studio.#folder = folder;
    studio.#scratch = scratch;
    const artist = await studio.#launch('artist', []);
    const page = await artist.newPage();
    for (const [name, look] of Object.entries(kPeople)) await writePortrait(page, look, studio.#film(name));
    return studio;
  }

  async server(...options) {
    const server = await Server.start(options);
    this.#servers.push(server);
    return server;
  }

  /** `prepare` runs in the page before the page's own script: devices that fail are made there. */
  async person(name, { beside, prepare, permission = 'accept' } = {}) {
    const browser = await this.#launch(`${name} ${permission}`, [
      permission === 'accept' ? '--use-fake-ui-for-media-stream' : '--use-fake-ui-for-media-stream=deny',
      `--use-file-for-fake-video-capture=${this.#film(name)}`,
    ]);
    const context = beside?.page.browserContext() ?? (await browser.createBrowserContext());
    this.#contexts.add(context);
    const page = await context.newPage();
    await page.setViewport(kScreens.desktop);
    await page.evaluateOnNewDocument(nameDevices);
    if (prepare !== undefined) await page.evaluateOnNewDocument(prepare);
    return CallPage.open(name, page);
  }

  /** Joins under the person's name. */
  async join(person, link) {
    await person.visit(link);
    await person.reach('lobby');
    await this.introduce(person);
    await person.join();
  }

  /** Types the person's name in the lobby. */
  async introduce({ page, name }) {
    const field = await page.waitForSelector('::-p-aria(Your name)');
    await field.type(name);
  }

  /** The person's page dies without a word to anybody. */
  async crash({ page }) {
    const session = await page.createCDPSession();
    session.send('Page.crash').catch(() => {}); // the answer dies with it
  }

  async picture({ page }, state, shows, schemes = ['light', 'dark']) {
    await page.bringToFront();
    await page.evaluate(() => document.activeElement?.blur()); // a blinking caret would differ from run to run
    for (const [screen, viewport] of Object.entries(kScreens)) {
      await page.setViewport(viewport);
      for (const scheme of schemes) {
        await page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: scheme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]);
        await new Promise((settled) => setTimeout(settled, 500));
        const path = join(this.#folder, `${state}-${screen}-${scheme}.webp`);
        await page.screenshot({ path, type: 'webp', quality: 72 });
      }
    }
    await page.setViewport(kScreens.desktop);
    this.#taken.push([state, shows, schemes]);
    console.log(state);
  }

  /** The README of the folder. */
  index() {
    const links = (state, schemes) =>
      Object.keys(kScreens)
        .flatMap((screen) => schemes.map((scheme) => `[${screen}, ${scheme}](${state}-${screen}-${scheme}.webp)`))
        .join(' · ');
    const rows = this.#taken.map(([state, shows, schemes]) => `| ${shows} | ${links(state, schemes)} |`);
    return `# The page, state by state

Left out is what lasts for a moment. Taken from real calls by \`build/node/bin/node tools/screenshots.mjs\`; the people are drawn. The surface of a call is dark
in both colour schemes.

| state | pictures |
|---|---|
${rows.join('\n')}
`;
  }

  /** Ends a scene: everybody goes, and their servers with them. */
  async clear() {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#contexts.clear();
    this.#servers = [];
  }

  async close() {
    await this.clear();
    await Promise.all([...this.#browsers.values()].map((browser) => browser.close()));
  }

  async #launch(key, further) {
    let browser = this.#browsers.get(key);
    if (browser === undefined) {
      browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: [...kArguments, ...further], timeout: 60_000 });
      this.#browsers.set(key, browser);
    }
    return browser;
  }

  #film(name) {
    return join(this.#scratch, `${name}.y4m`);
  }
}
