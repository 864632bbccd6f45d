// The real C++ Hub in virtual time, by way of a Node-API addon (hub_addon.cpp).

import { createRequire } from 'node:module';

export type Effect = { readonly conn: number; readonly send: string } | { readonly conn: number; readonly close: number };

/** Each call hands over what the hub wants done. Times are milliseconds since the simulation began. */
export interface HubAddon {
  createHub(configJson: string): unknown;
  join(hub: unknown, conn: number, room: string, encodedRequest: string, address: string, nowMs: number): Effect[];
  frame(hub: unknown, conn: number, text: string, nowMs: number): Effect[];
  closed(hub: unknown, conn: number, nowMs: number): Effect[];
  drain(hub: unknown, nowMs: number): Effect[];
  timeout(hub: unknown, nowMs: number): Effect[];
  nextDeadline(hub: unknown): number | null;
  held(hub: unknown): number;
}

export function loadHub(path: string): HubAddon {
  return createRequire(import.meta.url)(path) as HubAddon;
}
