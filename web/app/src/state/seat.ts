import type { SeatStore } from 'plntry-call';

/**
 * The secrets of the seats that this browser took, in `localStorage`, one record a tab. A Web Lock held for as long as
 * its page lives tells whether a record's tab is still there: seats of the dead are taken over silently, a seat of
 * the living only when the person asks for it ("Use it here").
 */
interface Tab {
  readonly secrets: readonly string[];
  readonly savedAt: number;
}

/** What this tab was doing when it was last seen, in `sessionStorage`: a reload goes on with it. */
interface Visit {
  readonly room: string;
  readonly tab: string;
  readonly audio: boolean;
  readonly video: boolean;
}

const kVisitKey = 'plntry.visit';
const kSeatPrefix = 'plntry.seats.';
const kMaxSecrets = 4;
const kForgetAfterMs = 24 * 60 * 60 * 1000;
/** A page that is being reloaded lets go of its lock about when the new one starts. */
const kLockPatienceMs = 1000;

const tab = crypto.randomUUID?.() ?? '';
let ended = false;

/** Holds this page's lock until the page is gone. Rooms that nobody entered for a day are forgotten. */
export function claimTab(): void {
  // Where storage is forbidden, so are locks; then there are no seats to guard.
  navigator.locks.request(lockName(tab), () => new Promise(() => {})).catch(() => {});
  for (const room of rememberedRooms()) if (Object.keys(read(room)).length === 0) save(seatKey(room), null);
}

/** From here on nothing is forgotten: the next page of this tab may want its seat back. */
export function freezeSeats(): void {
  ended = true;
}

/** The seats of one room, as the client core sees them: which it may take again, and where it notes its own. */
export class Seats implements SeatStore {
  /** Another tab of this browser sits in the room. */
  openElsewhere = false;

  private readonly room: string;
  private offered: readonly string[] = [];

  constructor(room: string) {
    this.room = room;
  }

  /** Finds out which seats to offer: those of tabs that are gone, or with `takeOver` those of living ones. */
  async look(takeOver: boolean): Promise<void> {
    const locks = await navigator.locks.query().catch(() => null);
    const held = new Set(locks?.held?.map((lock) => lock.name));
    const tabs = Object.entries(read(this.room)).sort(([, a], [, b]) => a.savedAt - b.savedAt);
    const secrets = (living: boolean) =>
      tabs
        .filter(([id]) => (id !== tab && held.has(lockName(id))) === living)
        .flatMap(([, { secrets }]) => secrets)
        .slice(-kMaxSecrets);
    const living = secrets(true);
    this.openElsewhere = living.length > 0;
    this.offered = takeOver ? living : secrets(false);
  }

  read(): readonly string[] {
    return this.offered;
  }

  write(room: string, secrets: readonly string[]): void {
    if (ended) return;
    const { [tab]: _, ...others } = read(room);
    const kept = Object.entries(others).filter(([, { secrets }]) => secrets.some((secret) => !this.offered.includes(secret)));
    const tabs = secrets.length === 0 ? kept : [...kept, [tab, { secrets, savedAt: Date.now() }] as const];
    save(seatKey(room), tabs.length === 0 ? null : Object.fromEntries(tabs));
  }
}

export function rememberVisit(visit: Omit<Visit, 'tab'> | null): void {
  if (ended) return;
  try {
    if (visit === null) sessionStorage.removeItem(kVisitKey);
    else sessionStorage.setItem(kVisitKey, JSON.stringify({ ...visit, tab }));
  } catch {
    // Without storage a reload ends in the lobby.
  }
}

/** The visit that a reload interrupted; `null` also when the tab that began it still lives, this one being its copy. */
export async function interruptedVisit(room: string): Promise<Visit | null> {
  const visit = parse<Visit>(() => sessionStorage.getItem(kVisitKey));
  if (visit === null || visit.room !== room || typeof visit.tab !== 'string') return null;
  try {
    await navigator.locks.request(lockName(visit.tab), { signal: AbortSignal.timeout(kLockPatienceMs) }, () => {});
    return visit;
  } catch {
    return null;
  }
}

function lockName(id: string): string {
  return `plntry tab ${id}`;
}

function seatKey(room: string): string {
  return kSeatPrefix + room;
}

function rememberedRooms(): string[] {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(kSeatPrefix));
    return keys.map((key) => key.slice(kSeatPrefix.length));
  } catch {
    return [];
  }
}

function read(room: string): Readonly<Record<string, Tab>> {
  const tabs = parse<Record<string, Tab>>(() => localStorage.getItem(seatKey(room))) ?? {};
  const fresh = Object.entries(tabs).filter(
    ([, tab]) => Array.isArray(tab?.secrets) && tab.savedAt > Date.now() - kForgetAfterMs,
  );
  return Object.fromEntries(fresh);
}

function save(key: string, value: object | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage a reloaded page joins as a further person.
  }
}

function parse<T>(text: () => string | null): T | null {
  try {
    const value: unknown = JSON.parse(text() ?? 'null');
    return typeof value === 'object' ? (value as T | null) : null;
  } catch {
    return null;
  }
}
