import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from '../src/words/loopback.ts';

const kHere = [
  'http://localhost:8080', 'http://localhost.', 'https://LOCALHOST', 'http://call.localhost:8080', 'http://127.0.0.1:8080',
  'http://127.9.8.7', 'http://127.1', 'https://[::1]:8443', 'http://[0:0::1]',
];
const kElsewhere = [
  'https://call.example.org', 'https://localhost.example.org', 'https://notlocalhost', 'https://127.example.org', 'http://192.168.127.1:8080',
  'http://[::]:8080', 'https://[2001:db8::1]', 'https://[fe80::1]',
];

for (const origin of kHere) test(`a link to ${origin} works on this device only`, () => assert.ok(isLoopback(origin)));
for (const origin of kElsewhere) test(`a link to ${origin} works elsewhere`, () => assert.ok(!isLoopback(origin)));
