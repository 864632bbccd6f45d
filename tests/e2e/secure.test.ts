// The page and the call over the server's own TLS.
import { scenario } from './harness/scenario.ts';
import { until } from './harness/until.ts';

const options = { server: ['--tls', 'self-signed'] };

scenario('chromium and firefox call each other over https, and a new certificate disturbs nobody', options, async (scene) => {
  const [anna, ben] = await scene.call('chromium', 'firefox');
  for (const one of [anna, ben]) {
    if (!one.link.startsWith('https://')) throw new Error(`${one.name} is at ${one.link}`);
  }
  await scene.server.renewCertificate();
  await scene.arePresent(2);

  // Whoever comes now gets the new certificate, and the others are still there to be met.
  await ben.page.reload({ waitUntil: 'load' });
  await ben.allowSound();
  await Promise.all([anna.meets(), ben.meets()]);
  await until('every connection of the browsers is TLS', async () => await scene.server.metric('plntry_connections_tls_total') >= 4);
});
