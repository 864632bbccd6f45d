// What has been seen so far of every cell, by system, in build/netlab: for a run that goes on, and for docs/networks.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell, Outcome } from './cell.ts';

const folder = join(import.meta.dirname, '../../../build/netlab');

/** A call, or why there was none. */
export type Seen = Outcome | { failure: string };

const keyOf = ({ name, browsers }: Cell): string => `${name}, ${browsers.join(' → ')}`;

export class Outcomes {
  private readonly file: string;
  private readonly seen: Record<string, Seen>;

  /** Those of before, or none if this is a run from the start. */
  constructor(system: string, goesOn: boolean) {
    this.file = join(folder, `${system}.json`);
    this.seen = goesOn && existsSync(this.file) ? JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, Seen> : {};
  }

  of(cell: Cell): Seen | undefined { return this.seen[keyOf(cell)]; }

  remember(cell: Cell, seen: Seen): void { this.seen[keyOf(cell)] = seen; }

  /** For who goes on. */
  save(): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.file, JSON.stringify(this.seen, null, 1));
  }
}
