// What is told of a call while it goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../src/environment.ts';
import type { Call } from '../../src/types.ts';
import { Recorder } from '../../src/diagnosis/recorder.ts';
import { VirtualClock } from '../support/clock.ts';

/** A call with Ben over `connection`, whose end is told how this one fares. */
function follow(getStats: () => Promise<unknown>) {
  const clock = new VirtualClock();
  const connection = Object.assign(new EventTarget(), {
    getStats, getSenders: () => [], getReceivers: () => [], connectionState: 'connected', iceConnectionState: 'connected',
    iceGatheringState: 'gathering', signalingState: 'stable',
  });
  const recorder = new Recorder({
    environment: {
      now: () => clock.now,
      after: (delay: number, callback: () => void) => clock.after(delay, callback),
      createPeerConnection: () => connection,
    } as unknown as Environment,
    origin: 'https://call.example', relayOnly: false, page: () => ({}) as never,
    probe: () => Promise.resolve({ answers: true, clockAhead: null }), changed: () => undefined,
  });
  const told: number[] = [];
  recorder.follow({
    state: { kind: 'in-call' }, iceServers: [], on: () => () => undefined, tell: () => told.push(clock.now),
    participants: [{ id: 'ben', name: 'Ben', presence: 'present', path: 'connected', audio: true, video: true, connection: recorder.environment.createPeerConnection({}) }],
  } as unknown as Call);
  return { clock, recorder, told };
}

test('the other end is told how this one fares, also while the browser keeps its statistics back', async () => {
  let asked = 0;
  const { clock, recorder, told } = follow(() => {
    asked += 1;
    return new Promise(() => undefined);
  });
  await clock.run(1_500);
  recorder.setDevices({ audio: 'on', video: 'busy' });
  await clock.run(5_000);
  assert.ok(told.length > 0 && (told[0] ?? 0) <= 4_000, String(told));
  assert.equal(asked, 1, 'it is not asked again before it has answered');
  recorder.close();
});
