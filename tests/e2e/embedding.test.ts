// The call package in somebody else's page (README, “Put a call into your own page”).
import { randomBytes } from 'node:crypto';
import { OtherSite } from './harness/other_site.ts';
import { scenario } from './harness/scenario.ts';
import { Server } from './harness/server.ts';

let site: OtherSite;
async function startFor(): Promise<Server> {
  site = await OtherSite.open();
  return Server.start(['--allow-origin', site.origin]);
}

scenario('two pages of another origin that was let in call each other with the package as vite bundles it', { server: startFor }, async (scene) => {
  scene.atEnd(() => site.close());
  const page = site.pageFor(`${scene.server.origin}/garden-club#${randomBytes(16).toString('base64url')}`);
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  await anna.enter(page);
  await anna.reach('alone');
  await ben.enter(page);
  await Promise.all([anna.meets(), ben.meets()]);
  await ben.press('Leave');
  await ben.reach('left');
  await anna.reach('alone');
});
