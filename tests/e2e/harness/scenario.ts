// One test: a scene of its own. Fails on whatever stands in a console without need.
import { after, test } from 'node:test';
import { closeBrowsers } from './browser.ts';
import { Scene } from './scene.ts';
import { Server } from './server.ts';

after(closeBrowsers);

export interface ScenarioOptions {
  /** Options of `plntry serve`, or what starts it. */
  server?: string[] | (() => Promise<Server>);
  timeoutMs?: number;
}

export function scenario(title: string, options: ScenarioOptions, play: (scene: Scene) => Promise<void>): void {
  test(title, { timeout: options.timeoutMs ?? 240_000 }, async () => {
    const { server } = options;
    const scene = new Scene(await (typeof server === 'function' ? server() : Server.start(server)));
    try {
      await play(scene);
      const complaints = await scene.complaints();
      if (complaints.length > 0) throw new Error(`unexpected in the consoles:\n${complaints.join('\n')}`);
    } catch (error) {
      await scene.report(title);
      throw error;
    } finally {
      await scene.end();
    }
  });
}
