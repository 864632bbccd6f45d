// What a phone reads from the QR code on the page: ISO/IEC 18004 for the sizes that a link takes, from modules so clean
// that errors need no correction.
import assert from 'node:assert/strict';
import type { CallPage } from './call_page.ts';
import { until } from './until.ts';

type Modules = readonly (readonly boolean[])[];

const kQuietZone = 4;  // §9.1
/** Blocks of data codewords by version, at error correction level M (§7.5.1, table 9). */
const kBlocks: Readonly<Record<number, { blocks: number; codewords: number }>> = {
  3: { blocks: 1, codewords: 44 }, 4: { blocks: 2, codewords: 32 }, 5: { blocks: 2, codewords: 43 }, 6: { blocks: 4, codewords: 27 },
};
/** §7.8.2, table 10, by row and column. */
const kMasks: readonly ((i: number, j: number) => boolean)[] = [
  (i, j) => (i + j) % 2 === 0, (i) => i % 2 === 0, (_, j) => j % 3 === 0, (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0, (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0, (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

/** The text of the code on the page, once it is there. */
export async function scannedFrom({ name, page }: CallPage): Promise<string> {
  const { path, viewBox } = await until(`${name} sees a QR code`, () => page.evaluate(() => {
    const svg = document.querySelector('svg.qr');
    return svg && { path: svg.querySelector('path')?.getAttribute('d') ?? '', viewBox: svg.getAttribute('viewBox') ?? '' };
  }));
  const size = Number(viewBox.split(' ')[2]) - 2 * kQuietZone;
  const modules = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    const [row, column] = [modules[Number(y) - kQuietZone], Number(x) - kQuietZone];
    assert.ok(row && column >= 0 && column < size, 'nothing stands in the quiet zone');
    row[column] = true;
  }
  return textOf(modules);
}

function textOf(modules: Modules): string {
  const version = (modules.length - 17) / 4;
  const layout = kBlocks[version];
  assert.ok(layout, `a link fits into versions 3 to 6, not ${version}`);
  const words = codewordsOf(modules);
  const { blocks, codewords } = layout;
  const data = Array.from({ length: blocks * codewords }, (_, k) => words[(k % codewords) * blocks + Math.floor(k / codewords)] ?? 0);
  const bits = bitReader(data);
  assert.equal(bits(4), 0b0100, 'byte mode (§7.4.1, table 2)');
  return new TextDecoder().decode(Uint8Array.from({ length: bits(8) }, () => bits(8)));
}

/** Level and mask stand beside the upper left finder (§7.9.1). */
function maskOf(modules: Modules): number {
  const format = [0, 1, 2, 3, 4].reduce((value, column) => value * 2 + Number(modules[8]?.[column]), 0) ^ 0b10101;
  assert.equal(format >> 3, 0b00, 'error correction level M (§7.9.1, table 12)');
  return format & 0b111;
}

function isFunction(size: number, row: number, column: number): boolean {
  const inFinder = (row < 9 && (column < 9 || column >= size - 8)) || (row >= size - 8 && column < 9);
  const inAlignment = Math.abs(row - (size - 7)) <= 2 && Math.abs(column - (size - 7)) <= 2;
  return inFinder || inAlignment || row === 6 || column === 6;
}

/** Two columns at a time from the right, upwards and downwards in turn (§7.7.3). */
function codewordsOf(modules: Modules): number[] {
  const size = modules.length;
  const mask = kMasks[maskOf(modules)];
  const bits: boolean[] = [];
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (!isFunction(size, row, column)) bits.push(modules[row]?.[column] !== mask?.(row, column));
      }
    }
    upwards = !upwards;
  }
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, word) =>
    bits.slice(word * 8, word * 8 + 8).reduce((value, bit) => value * 2 + Number(bit), 0));
}

function bitReader(bytes: readonly number[]): (count: number) => number {
  let at = 0;
  return (count) => {
    let value = 0;
    for (const end = at + count; at < end; at += 1) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
}
