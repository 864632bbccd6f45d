// Stock browsers at home. Chromium is driven through a pipe; Firefox listens on its home's loopback, which the home's
// services lead out of the namespace. So neither has an interface that a real home would not have.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser as Driven } from 'puppeteer-core';
import { trustIn, trustingHome } from '../../e2e/harness/authority.ts';
import { type Kind, chromiumArguments, firefoxPreferences, puppeteer } from '../../e2e/harness/browser.ts';
import { Daemon } from './daemon.ts';
import { type Home, kDebuggingPort } from './world.ts';

type ProfileMaker = typeof import('@puppeteer/browsers');
const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));
const { Browser, createProfile } = fromWeb('@puppeteer/browsers') as ProfileMaker;

/** It ends with its home, and so does its profile. */
export function open(kind: Kind, home: Home): Promise<Driven> {
  return kind === 'chromium' ? chromium(home) : firefox(home);
}

function chromium({ space, proxy, folder }: Home): Promise<Driven> {
  return puppeteer.launch({
    executablePath: '/usr/sbin/ip', ignoreDefaultArgs: true, pipe: true, timeout: 60_000,
    args: space.inside('/usr/bin/chromium', '--headless', `--user-data-dir=${join(folder, 'chromium')}`, '--remote-debugging-pipe',
      ...chromiumArguments('fake'), ...(proxy ? [`--proxy-server=http://${proxy}`] : []), 'about:blank'),
    env: { ...process.env, HOME: trustingHome() },
  });
}

async function firefox({ space, proxy, folder, socket }: Home): Promise<Driven> {
  const profile = join(folder, 'firefox');
  trustIn(profile);
  await createProfile(Browser.FIREFOX, { path: profile, preferences: { ...firefoxPreferences('fake'), ...proxyPreferences(proxy) } });
  await Daemon.start(space, ['/usr/bin/firefox-esr', '--headless', '--no-remote', '--profile', profile,
    `--remote-debugging-port=${kDebuggingPort}`, 'about:blank'], /WebDriver BiDi listening/);
  return puppeteer.connect({
    browserWSEndpoint: `ws+unix:${socket}:/session`, headers: { Host: `127.0.0.1:${kDebuggingPort}` }, protocol: 'webDriverBiDi',
  });
}

function proxyPreferences(proxy: string | undefined): Record<string, string | number> {
  if (!proxy) return {};
  const [address = '', port = ''] = proxy.split(':');
  return {
    'network.proxy.type': 1, 'network.proxy.http': address, 'network.proxy.http_port': Number(port),
    'network.proxy.ssl': address, 'network.proxy.ssl_port': Number(port),
  };
}
