// A TCP relay that looks at the WebSocket frames of a connection: what was really on the wire.
'use strict';
const net = require('node:net');

// The frames of one direction, behind the HTTP head.
class Frames {
  constructor() {
    this.head = ''; // of the HTTP message
    this.list = []; // {opcode, rsv1, length}
    this.skip = 0; // bytes of a payload to come
    this.rest = Buffer.alloc(0);
  }

  add(data) {
    this.rest = Buffer.concat([this.rest, data]);
    if (!this.head) {
      const end = this.rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.head = this.rest.toString('latin1', 0, end + 2);
      this.take(end + 4);
    }
    while (this.next());
  }

  take(n) {
    this.rest = this.rest.subarray(n);
  }

  // Past what is there of a payload, then a header. False: more bytes are needed.
  next() {
    const part = Math.min(this.skip, this.rest.length);
    this.skip -= part;
    this.take(part);
    if (this.skip > 0 || this.rest.length < 2) return false;
    const [first, second] = this.rest;
    const form = second & 127;
    const extended = { 126: 2, 127: 8 }[form] ?? 0;
    const header = 2 + extended + (second & 128 ? 4 : 0);
    if (this.rest.length < header) return false;
    const length = extended ? Number(`0x${this.rest.toString('hex', 2, 2 + extended)}`) : form;
    this.list.push({ opcode: first & 15, rsv1: (first & 64) !== 0, length });
    this.take(header);
    this.skip = length;
    return true;
  }

  get bytes() {
    return this.list.reduce((sum, f) => sum + f.length, 0);
  }

  get extensions() {
    return /^sec-websocket-extensions: (.*)\r$/im.exec(this.head)?.[1];
  }

  // Of each data message: its bytes, and whether it was compressed.
  get messages() {
    const all = [];
    for (const f of this.list) {
      if (f.opcode > 2) continue;
      if (f.opcode) all.push({ rsv1: f.rsv1, length: f.length });
      else all[all.length - 1].length += f.length;
    }
    return all;
  }
}

// Hands connections on to a port: from the latest one's client, and from its server.
async function relay(port) {
  const seen = { up: null, down: null };
  const server = net.createServer(client => {
    const target = net.connect(port, '127.0.0.1');
    const [up, down] = [new Frames(), new Frames()];
    Object.assign(seen, { up, down });
    for (const [from, to, frames] of [
      [client, target, up],
      [target, client, down],
    ]) {
      from.setNoDelay(true);
      from.on('data', data => {
        frames.add(data);
        to.write(data);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  seen.url = `ws://127.0.0.1:${server.address().port}/`;
  seen.close = () => server.close();
  return seen;
}

module.exports = { relay };
