// Checks who includes whom (ARCHITECTURE.md, "Who may know whom"), and that pure rooms touch no clock, thread,
// random device, log or network. Prints each offence as file:line and fails if there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

const mayInclude = {
  base: ['base'],
  stun: ['stun', 'base'],
  turn: ['turn', 'stun', 'base'],
  signaling: ['signaling', 'base'],
  usage: ['usage', 'turn', 'base'],
  doctor: ['doctor', 'turn', 'stun', 'base'],
  net: ['net', 'doctor', 'turn', 'stun', 'signaling', 'base'],
  app: ['app', 'net', 'doctor', 'usage', 'turn', 'stun', 'signaling', 'base'],
};
const pureRooms = ['base', 'stun', 'turn', 'signaling', 'doctor'];

const impure = [
  [/#include <(thread|mutex|shared_mutex|condition_variable|future|iostream|fstream|cstdio|ctime|filesystem)>/, 'I/O, threads and clocks belong in net'],
  [/#include <(sys\/|netinet\/|arpa\/|unistd\.h|poll\.h|spdlog\/|boost\/asio|boost\/beast)/, 'system calls, Asio and logs belong in net'],
  [/(steady_clock|system_clock|high_resolution_clock)::now|random_device|\bgetrandom\(|\bstd::rand\(|RAND_bytes/, 'a core is told the time and handed randomness'],
];

function* filesBelow(folder, pattern) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist') yield* filesBelow(path, pattern);
    else if (entry.isFile() && pattern.test(entry.name)) yield path;
  }
}

const offences = [];
let checked = 0;

function check(path, judge) {
  checked += 1;
  readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
    const why = judge(line);
    if (why) offences.push(`${relative(root, path)}:${index + 1}: ${why}\n    ${line.trim()}`);
  });
}

for (const [room, allowed] of Object.entries(mayInclude)) {
  let files;
  try { files = [...filesBelow(join(root, 'src', room), /\.[ch]pp$/)]; } catch { continue; }  // a room not built yet
  for (const path of files) {
    check(path, (line) => {
      const included = /^#include "([a-z_]+)\//.exec(line)?.[1];
      if (included && !allowed.includes(included)) return `${room} may not know ${included}`;
      if (!pureRooms.includes(room)) return undefined;
      return impure.find(([pattern]) => pattern.test(line))?.[1];
    });
  }
}

const client = join(root, 'web', 'call', 'src');
const isOfClient = (path, imported) => imported.startsWith('.') && !relative(client, join(dirname(path), imported)).startsWith('..');
for (const path of filesBelow(client, /\.ts$/)) {
  check(path, (line) => {
    const imported = /^\s*(?:import|export)\b.*\bfrom '([^']+)'/.exec(line)?.[1] ?? /\bimport\('([^']+)'\)/.exec(line)?.[1];
    return imported && !isOfClient(path, imported) ? 'web/call knows no framework and nothing outside itself' : undefined;
  });
}

console.log(offences.length ? offences.join('\n') : `${checked} files keep to their layers`);
process.exit(offences.length ? 1 : 0);
