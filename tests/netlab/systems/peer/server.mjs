// The page and its `peer` server, as its documentation mounts one: server.mjs PACKAGES CERTIFICATE KEY. Prints "ready".
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages = '', certificate = '', key = ''] = process.argv.slice(2);
const from = createRequire(join(packages, 'package.json'));
const express = from('express');
const { ExpressPeerServer } = from('peer');

const app = express();
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, app);
app.get('/', (_, response) => response.sendFile(join(import.meta.dirname, 'page.html')));
app.get('/peerjs.min.js', (_, response) => response.sendFile(join(packages, 'node_modules/peerjs/dist/peerjs.min.js')));
app.use('/peer', ExpressPeerServer(server, { path: '/' }));
server.listen(443, '::', () => console.log('ready'));
