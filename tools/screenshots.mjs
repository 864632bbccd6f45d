#!/usr/bin/env node
// Takes pictures of the page, state by state, from real calls over the release binary, into docs/screenshots:
//   build/node/bin/node tools/screenshots.mjs
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Studio } from './screenshots/studio.mjs';
import { kTour } from './screenshots/tour.mjs';

const folder = join(import.meta.dirname, '../docs/screenshots');
const kMaxPictureBytes = 60_000;
const kMaxBytes = 1_900_000;

const scratch = await mkdtemp(join(tmpdir(), 'plntry-screenshots-'));
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const studio = await Studio.open(folder, scratch);
try {
  for (const scene of kTour) {
    await scene(studio);
    await studio.clear();
  }
} finally {
  await studio.close();
  await rm(scratch, { recursive: true });
}
await writeFile(join(folder, 'README.md'), studio.index());

let total = 0;
for (const name of await readdir(folder)) {
  const { size } = await stat(join(folder, name));
  if (size > kMaxPictureBytes) throw new Error(`${name} has ${size} bytes, more than ${kMaxPictureBytes}`);
  total += size;
}
if (total > kMaxBytes) throw new Error(`the pictures have ${total} bytes together, more than ${kMaxBytes}`);
console.log(`${Math.round(total / 1000)} kB in ${folder}`);
