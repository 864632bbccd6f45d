// What a router will probably make of our addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mapping } from '../src/mapping.ts';

const candidate = (text: string): RTCIceCandidate =>
  ({ candidate: `candidate:${text}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'ufrag' }) as RTCIceCandidate;
const host = (address: string, port: number): RTCIceCandidate => candidate(`842163049 1 udp 2122260223 ${address} ${port} typ host generation 0`);
const reflexive = (port: number, address = '198.51.100.7'): RTCIceCandidate =>
  candidate(`1677722015 1 UDP 1686052863 ${address} ${port} typ srflx raddr 192.168.1.5 rport 40000 generation 0`);
const keeps = reflexive(40_000);
const next = host('192.168.1.5', 41_000);

/** Seen by the server, and then by STUN. */
function seen(address: string, ...gathered: RTCIceCandidate[]): Mapping {
  const mapping = new Mapping();
  mapping.move(address);
  for (const each of gathered) mapping.learn(each);
  return mapping;
}

test('behind a router that keeps ports, a new port is guessed under the address that the server sees', () => {
  const mapping = seen('198.51.100.7', keeps);
  assert.deepEqual(mapping.guess(next), {
    candidate: 'candidate:8421630490 1 udp 1686052863 198.51.100.7 41000 typ srflx raddr 192.168.1.5 rport 41000',
    sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'ufrag',
  });
  assert.equal(mapping.move('198.51.100.7'), false);
  assert.ok(mapping.move('203.0.113.9'), 'another router');
  assert.match(mapping.guess(next)?.candidate ?? '', / 203\.0\.113\.9 41000 typ srflx/);
  mapping.learn(reflexive(40_000, '203.0.113.9'));
  assert.match(mapping.guess(next)?.candidate ?? '', / 203\.0\.113\.9 41000 typ srflx/);
});

test('whoever is seen to move again and again is not guessed at before STUN has told', () => {
  const mapping = seen('198.51.100.7', keeps);
  assert.ok(mapping.move('203.0.113.9') && mapping.guess(next), 'one move is a router’s');
  mapping.move('203.0.113.10');
  assert.equal(mapping.guess(next), null);
  mapping.learn(reflexive(40_000, '203.0.113.10'));
  assert.match(mapping.guess(next)?.candidate ?? '', / 203\.0\.113\.10 /);
});

test('what STUN told in the lobby counts once the server has told, too, which is no move', () => {
  const mapping = new Mapping();
  mapping.learn(keeps);
  assert.equal(mapping.guess(next), null);
  assert.equal(mapping.move(undefined), false, 'a server that does not tell');
  assert.equal(mapping.move('198.51.100.7'), false);
  assert.match(mapping.guess(next)?.candidate ?? '', / 198\.51\.100\.7 41000 typ srflx/);
});

test('nothing is guessed where server and STUN see us at different addresses: one is a proxy’s', () => {
  assert.equal(seen('10.1.2.3', keeps).guess(next), null);
  const proxied = seen('198.51.100.7', keeps);
  proxied.move('10.1.2.3');
  proxied.learn(keeps);
  assert.equal(proxied.guess(next), null);
  proxied.move('10.1.2.4');
  assert.equal(proxied.guess(next), null);
});

test('nothing is guessed without a ground', () => {
  const us = '198.51.100.7';
  assert.equal(seen(us, reflexive(51_234)).guess(next), null, 'a router that changes ports');
  assert.equal(seen(us, keeps, reflexive(51_234)).guess(next), null, 'it does now');
  assert.equal(seen(us, keeps).guess(host('172.17.0.1', 41_000)), null, 'another interface');
  assert.equal(seen(us, keeps).guess(host('198.51.100.7', 41_000)), null, 'no router');
  assert.equal(seen(us, keeps).guess(host('4f1b0b5c-6d1e-4d2a-9c0e-0f3f1c2b3a4d.local', 41_000)), null, 'a hidden address');
  assert.equal(seen(us, keeps).guess(candidate('1 1 tcp 1518280447 192.168.1.5 9 typ host tcptype active')), null, 'TCP');
  assert.equal(seen(us, keeps).guess(candidate('')), null, 'no candidate at all');
  assert.equal(seen('2001:db8::7', keeps).guess(next), null, 'the server sees us in another family');
});

test('host candidates of IPv4 are the ones to guess at', () => {
  const mapping = new Mapping();
  assert.ok(mapping.learn(next));
  for (const other of [keeps, host('2001:db8::5', 41_000), host('x.local', 1), candidate('')]) assert.equal(mapping.learn(other), false);
});
