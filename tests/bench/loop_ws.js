// An echo server on Node's ws, for bench_loop. SPDX-License-Identifier: MIT
//
// Its best settings on this task: bufferutil masks in C where it could be installed, text is checked
// by Node itself, compressing starts at the first byte where --deflate asks for it.
'use strict';

const path = require('path');
const modules = path.resolve(process.argv[2], 'node_modules');
const { WebSocketServer } = require(path.join(modules, 'ws'));
const { version } = require(path.join(modules, 'ws', 'package.json'));

const deflate = process.argv[3] === '--deflate';
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  maxPayload: 64 << 20,
  backlog: 4096,
  perMessageDeflate: deflate && {
    threshold: 64,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
  },
});

server.on('connection', (client) => {
  client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
  client.on('error', () => client.terminate());
});
server.on('listening', () => {
  console.log(`ws ${version} on Node ${process.versions.node} ws://127.0.0.1:${server.address().port}/`);
});
