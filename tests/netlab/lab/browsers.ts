// Stock browsers at home. Chromium is driven through a pipe; Firefox listens on its home's loopback, which the home's
// services lead out of the namespace. So neither has an interface that a real home would not have.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser as Driven } from 'puppeteer-core';
import { trustingHome, trustingProfile } from '../../e2e/harness/authority.ts';
import { type Kind, chromiumArguments, firefoxPreferences, puppeteer } from '../../e2e/harness/browser.ts';
import { Daemon } from './daemon.ts';
import { type Home, kDebuggingPort } from './world.ts';

type ProfileMaker = typeof import('@puppeteer/browsers');
const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));
const { Browser, createProfile } = fromWeb('@puppeteer/browsers') as ProfileMaker;

/** Its processes end with the home; its profile ends with `end`. */
export interface Open { driven: Driven; end(): Promise<void> }

export function open(kind: Kind, home: Home): Promise<Open> {
  return kind === 'chromium' ? chromium(home) : firefox(home);
}

async function chromium({ space, proxy }: Home): Promise<Open> {
  const profile = mkdtempSync(join(tmpdir(), 'plntry-lab-chromium-'));
  const driven = await puppeteer.launch({
    executablePath: '/usr/sbin/ip', ignoreDefaultArgs: true, pipe: true, timeout: 60_000,
    args: space.inside('/usr/bin/chromium', '--headless', `--user-data-dir=${profile}`, '--remote-debugging-pipe',
      ...chromiumArguments('fake'), ...(proxy ? [`--proxy-server=http://${proxy}`] : []), 'about:blank'),
    env: { ...process.env, HOME: trustingHome() },
  });
  return { driven, end: () => ended(driven, profile) };
}

async function firefox({ space, proxy, socket }: Home): Promise<Open> {
  const profile = trustingProfile();
  await createProfile(Browser.FIREFOX, { path: profile, preferences: { ...firefoxPreferences('fake'), ...proxyPreferences(proxy) } });
  await Daemon.start(space, ['/usr/bin/firefox-esr', '--headless', '--no-remote', '--profile', profile,
    `--remote-debugging-port=${kDebuggingPort}`, 'about:blank'], /WebDriver BiDi listening/);
  const driven = await puppeteer.connect({
    browserWSEndpoint: `ws+unix:${socket}:/session`, headers: { Host: `127.0.0.1:${kDebuggingPort}` }, protocol: 'webDriverBiDi',
  });
  return { driven, end: () => ended(driven, profile) };
}

function proxyPreferences(proxy: string | undefined): Record<string, string | number> {
  if (!proxy) return {};
  const [address = '', port = ''] = proxy.split(':');
  return {
    'network.proxy.type': 1, 'network.proxy.http': address, 'network.proxy.http_port': Number(port),
    'network.proxy.ssl': address, 'network.proxy.ssl_port': Number(port),
  };
}

const kPatienceMs = 3_000;

/** A browser that does not close in good time ends with its home. */
async function ended(driven: Driven, profile: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, kPatienceMs); });
  await Promise.race([driven.close().catch(() => undefined), late]).finally(() => clearTimeout(timer));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
