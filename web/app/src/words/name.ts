import type { Participant } from 'plntry-call';

export function nameOf(participant: Participant): string {
  return participant.name.trim() || 'Guest';
}

/** “Anna”, “Anna and Ben”, “Anna, Ben, and Cleo”. Not by `Intl.ListFormat`: making one stops a page that joins for 25 ms. */
export function listOf(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`;
}
