import type { Participant } from 'plntry-call';

export function nameOf(participant: Participant): string {
  return participant.name.trim() || 'Guest';
}
