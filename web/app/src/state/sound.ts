import { signal } from '@preact/signals';

/** The browser plays no sound until the person has clicked. */
export const soundBlocked = signal(false);
