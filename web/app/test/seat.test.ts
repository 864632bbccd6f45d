import assert from 'node:assert/strict';
import { test } from 'node:test';

const kDayMs = 24 * 60 * 60 * 1000;

/** As in a browser: what is stored are its own enumerable properties. */
class Storage {
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(Reflect.get(this, key)) : null;
  }

  setItem(key: string, value: string): void {
    Reflect.set(this, key, value);
  }

  removeItem(key: string): void {
    Reflect.deleteProperty(this, key);
  }
}

const storage = new Storage();
const give = (name: string, value: unknown) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
give('localStorage', storage);
give('navigator', {
  locks: {
    request: () => Promise.reject(new DOMException('Forbidden.', 'SecurityError')),
    query: () => Promise.reject(new DOMException('Forbidden.', 'SecurityError')),
  },
});
const { claimTab, Seats } = await import('../src/state/seat.ts');

test('seats of a day ago are forgotten, in whatever room they were', () => {
  const record = (age: number) => JSON.stringify({ tab: { secrets: ['secret'], savedAt: Date.now() - age } });
  storage.setItem('plntry.seats.old', record(kDayMs));
  storage.setItem('plntry.seats.fresh', record(kDayMs - 60_000));
  storage.setItem('plntry.seats.broken', '{"tab":null}');
  storage.setItem('plntry.seats.mutilated', '{');
  storage.setItem('other', 'kept');
  claimTab();
  assert.deepEqual(Object.keys(storage).sort(), ['other', 'plntry.seats.fresh']);
});

test('where locks are forbidden, seats are looked for all the same', async () => {
  const seats = new Seats('fresh');
  await seats.look(false);
  assert.equal(seats.openElsewhere, false);
  assert.deepEqual(seats.read(), ['secret']);
});
