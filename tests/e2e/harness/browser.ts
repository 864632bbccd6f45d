// Stock browsers, headless, with fake devices. A browser is launched once for each set of options in a test file and
// shared by its tests; every page of a test gets a profile (browser context) of its own unless it asks to share one.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, PuppeteerNode } from 'puppeteer-core';
import { trustingHome, trustingProfile } from './authority.ts';

const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));
export const puppeteer = (fromWeb('puppeteer-core') as { default: PuppeteerNode }).default;

export type Kind = 'chromium' | 'firefox';

/** What the browser finds when the page asks for a camera and a microphone. */
export type Devices = 'fake' | 'none' | 'denied';

/** Of a browser with the network that it finds, and with these devices. */
export function chromiumArguments(devices: Devices): string[] {
  return [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // Three cameras to choose between, the second of which sees depths and nothing that could be sent. Ten frames a second
    // are proof enough, and leave two cores something for encoding four people.
    ...(devices === 'none' ? [] : ['--use-fake-device-for-media-stream=device-count=3,fps=10']),
    devices === 'denied' ? '--use-fake-ui-for-media-stream=deny' : '--use-fake-ui-for-media-stream',
    // A page without a granted device hides its addresses behind mDNS names, which only a multicast responder resolves:
    // there is none in a container.
    '--disable-features=WebRtcHideLocalIpsWithMdns',
  ];
}

// A machine that is offline has no other interface than the loopback, and no name for it but one that counts as secure.
const loopbackOfChromium = ['--allow-loopback-in-peer-connection', '--host-resolver-rules=MAP insecure.example 127.0.0.1'];
const loopbackOfFirefox = { 'media.peerconnection.ice.loopback': true };

export function firefoxPreferences(devices: Devices): Record<string, unknown> {
  return {
    'media.navigator.streams.fake': devices !== 'none',
    'media.navigator.permission.disabled': devices !== 'denied',
    ...(devices === 'denied' ? { 'permissions.default.camera': 2, 'permissions.default.microphone': 2 } : {}),
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    // Captive-portal and update checks only cost time on a machine without a way out.
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'app.update.enabled': false,
  };
}

// A router in front of the program has a certificate that nobody vouches for.
const common = { timeout: 60_000, acceptInsecureCerts: true };

const launched = new Map<string, Promise<Browser>>();

export function browser(kind: Kind, devices: Devices = 'fake'): Promise<Browser> {
  const key = `${kind} ${devices}`;
  let starting = launched.get(key);
  if (!starting) {
    starting = kind === 'chromium'
      ? puppeteer.launch({
          executablePath: '/usr/bin/chromium', headless: true, ...common,
          args: [...chromiumArguments(devices), ...loopbackOfChromium],
          env: { ...process.env, HOME: trustingHome() },
        })
      : puppeteer.launch({
          browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true, ...common,
          extraPrefsFirefox: { ...firefoxPreferences(devices), ...loopbackOfFirefox }, userDataDir: trustingProfile(),
        });
    launched.set(key, starting);
  }
  return starting;
}

export async function closeBrowsers(): Promise<void> {
  const all = [...launched.values()];
  launched.clear();
  await Promise.all(all.map(async (starting) => (await starting).close()));
}
