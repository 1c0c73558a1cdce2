// permessage-deflate with Node's ws in both roles and with Chromium: what is compressed is seen on
// the wire, by a relay.
'use strict';
const crypto = require('node:crypto');
const { WebSocketServer } = require('ws');
const {
  assert,
  check,
  chromium,
  client,
  example,
  keep,
  listening,
  probe,
  suite,
  within,
} = require('./peer');
const { relay } = require('./relay');

const MIB = 1 << 20;
const json = JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, name: `user ${id}` })));
const noise = crypto.createHash('shake256', { outputLength: MIB }).update('noise').digest();
// 200 bytes, so that the next one is inside any window.
const remembered = noise.toString('hex', 0, 100);
const MESSAGES = [
  'grüße 🎉 <b>',
  '',
  Buffer.alloc(0),
  json,
  Buffer.from(json.repeat(3)),
  noise.subarray(0, 3000),
  Buffer.alloc(70000),
];
const LARGE = [Buffer.from({ length: MIB }, (_, i) => i % 100), noise, 'é'.repeat(MIB / 2)];

// Settings of our side, and the probe's options for them.
const OURS = [
  { args: ['--deflate'] },
  { args: ['--takeover'], takeover: true },
  {
    args: ['--takeover', '--server-bits', '9', '--client-bits', '10'],
    takeover: true,
    serverBits: 9,
    clientBits: 10,
  },
  {
    args: ['--takeover', '--server-bits', '8', '--client-bits', '8', '--level', '9'],
    takeover: true,
    serverBits: 8,
    clientBits: 8,
  },
  { args: ['--server-bits', '12', '--level', '1'], serverBits: 12 },
];
const THEIRS = [
  {},
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true },
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  { serverMaxWindowBits: 9 },
  { clientMaxWindowBits: 9 },
  { serverMaxWindowBits: 8, clientMaxWindowBits: 8 },
  { clientMaxWindowBits: false },
];

// RFC 7692 7.1: what is to be agreed on by our server or client and theirs.
function terms(ours, theirs, weServe) {
  const least = (mine, other) => Math.min(mine ?? 15, typeof other === 'number' ? other : 15);
  // A client that does not offer the parameter cannot be told a window: it gets no takeover instead.
  const untold = weServe && theirs.clientMaxWindowBits === false;
  const wide = untold && ours.clientBits !== undefined;
  return {
    serverBits: least(ours.serverBits, theirs.serverMaxWindowBits),
    clientBits: untold ? 15 : least(ours.clientBits, theirs.clientMaxWindowBits),
    serverTakeover: Boolean(ours.takeover && !theirs.serverNoContextTakeover),
    clientTakeover: Boolean(ours.takeover && !theirs.clientNoContextTakeover && !wide),
  };
}

// What the probe prints of it.
const told = t =>
  `deflate server=${t.serverBits}${t.serverTakeover ? '+takeover' : ''} ` +
  `client=${t.clientBits}${t.clientTakeover ? '+takeover' : ''}`;

// Returns how many bytes were sent.
async function echoes(c, large) {
  let sent = 0;
  // The second is nearly nothing where the first is remembered.
  for (const message of [remembered, remembered, ...MESSAGES, ...(large ? LARGE : [])]) {
    sent += message.length;
    c.ws.send(message);
    assert.ok(
      Buffer.from(await c.next()).equals(Buffer.from(message)),
      `${message.length} came back changed`,
    );
  }
  const whole = Buffer.from(json.repeat(2));
  c.ws.send(whole.subarray(0, 777), { fin: false });
  c.ws.ping('between');
  c.ws.send('', { fin: false });
  c.ws.send(whole.subarray(777), { fin: true });
  assert.ok(whole.equals(await c.next()), 'fragments came back changed');
  return sent;
}

// frames: of one direction, after echoes.
function isCompressed(frames, takeover, sent) {
  const [first, second] = frames.messages;
  assert.ok(first.rsv1 && second.rsv1, 'not compressed');
  assert.ok(first.length < remembered.length);
  if (takeover) assert.ok(second.length < 20, `${second.length} bytes in spite of takeover`);
  else assert.equal(second.length, first.length);
  assert.ok(frames.messages.filter(m => m.rsv1).length >= 6);
  assert.ok(
    frames.list.every(f => !f.rsv1 || f.opcode === 1 || f.opcode === 2),
    'a stray RSV1',
  );
  assert.ok(frames.bytes < sent / 2, `${frames.bytes} bytes on the wire`);
}

async function exchange(c, { up, down }, agreed, theirs) {
  // The large ones once for each of our settings.
  const sent = await echoes(c, Object.keys(theirs).length === 0);
  c.ws.close(1000);
  assert.equal((await c.closed).code, 1000);
  isCompressed(up, agreed.clientTakeover, sent);
  isCompressed(down, agreed.serverTakeover, sent);
}

async function asServer(ours) {
  const probing = await listening(probe(...ours.args, 'server'));
  const wire = await relay(probing.port);
  let opened = 0;
  for (const theirs of THEIRS) {
    const name = `ws client ${JSON.stringify(theirs)}, probe ${ours.args.join(' ')}`;
    await check(`deflate: ${name}`, async () => {
      const agreed = terms(ours, theirs, true);
      const c = client(wire.url, [], { perMessageDeflate: { threshold: 0, ...theirs } });
      await c.opened;
      await probing.printed(new RegExp(`(deflate [^]*){${++opened}}\n`));
      assert.equal(probing.out.match(/^deflate .*$/gm).pop(), told(agreed));
      await exchange(c, wire, agreed, theirs);
    });
  }
  wire.close();
  assert.equal(await probing.stop(), 0);
}

// A ws server that handler talks with through a relay: what our client, made by start, printed.
async function against(options, start, handler) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  await new Promise(resolve => server.on('listening', resolve));
  const wire = await relay(server.address().port);
  const done = new Promise((resolve, reject) =>
    server.on('connection', ws => handler(keep(ws), wire).then(resolve, reject)),
  );
  const p = start(wire.url);
  await within(20000, done);
  const status = await within(10000, p.ended, 'our client still runs');
  wire.close();
  server.close();
  return { status, out: p.out, err: p.err };
}

async function asClient(ours) {
  for (const theirs of THEIRS) {
    // ws refuses an offer, or answers it with more than was offered.
    if (
      theirs.clientMaxWindowBits > (ours.clientBits ?? 15) ||
      theirs.serverMaxWindowBits > (ours.serverBits ?? 15)
    )
      continue;
    const name = `ws server ${JSON.stringify(theirs)}, probe ${ours.args.join(' ')}`;
    await check(`deflate: ${name}`, async () => {
      const agreed = terms(ours, theirs, false);
      const { status, out } = await against(
        { perMessageDeflate: { threshold: 0, ...theirs } },
        url => probe(...ours.args, 'client', url),
        (c, wire) => exchange(c, wire, agreed, theirs),
      );
      assert.equal(status, 0);
      assert.match(out, new RegExp(`^${told(agreed).replaceAll('+', '\\+')}$`, 'm'));
    });
  }
}

// Runs in the page: echoes text and binary, and says what came back changed.
const talk = async ({ url, remembered, json }) => {
  const ws = new WebSocket(url);
  ws.binaryType = 'arraybuffer';
  const waiting = [];
  ws.onmessage = ({ data }) => waiting.shift()(data);
  await new Promise((resolve, reject) => {
    ws.onopen = resolve;
    ws.onerror = reject;
  });
  const bytes = (n, f) => Uint8Array.from({ length: n }, (_, i) => f(i));
  const random = bytes(65536, () => Math.random() * 256);
  const messages = [remembered, remembered, 'grüße 🎉', '', json, 'é'.repeat(1 << 19)];
  messages.push(new Uint8Array(0), new Uint8Array(70000), random, bytes(1 << 20, i => i % 100));
  const changed = [];
  for (const message of messages) {
    const answer = new Promise(resolve => waiting.push(resolve));
    ws.send(message);
    const data = await answer;
    const same =
      typeof data === 'string'
        ? data === message
        : new Uint8Array(data).length === message.length &&
          new Uint8Array(data).every((byte, i) => byte === message[i]);
    if (!same) changed.push(message.length);
  }
  const closed = new Promise(resolve => {
    ws.onclose = e => resolve(e.code);
  });
  ws.close(1000);
  return { changed, extensions: ws.extensions, code: await closed };
};

async function inBrowser() {
  const browser = await chromium();
  const tab = await browser.context.newPage();
  for (const ours of OURS) {
    await check(`deflate: Chromium, probe ${ours.args.join(' ')}`, async () => {
      const agreed = terms(ours, {}, true);
      const probing = await listening(probe(...ours.args, 'server'));
      const wire = await relay(probing.port);
      const result = await tab.evaluate(talk, { url: wire.url, remembered, json });
      assert.deepEqual(result.changed, []);
      assert.equal(result.code, 1000);
      assert.match(result.extensions, /^permessage-deflate/);
      await probing.printed(new RegExp(`^${told(agreed).replaceAll('+', '\\+')}$`, 'm'));
      const { up, down } = wire;
      const [first, second] = down.messages;
      assert.ok(first.rsv1 && second.rsv1 && up.messages.filter(m => m.rsv1).length >= 5);
      assert.equal(second.length < 20, agreed.serverTakeover, `${second.length} bytes`);
      assert.equal(up.messages[1].length < 20, agreed.clientTakeover);
      assert.ok(down.bytes < MIB / 2, `${down.bytes} bytes`);
      wire.close();
      assert.equal(await probing.stop(), 0);
    });
  }
  await browser.close();
}

// The servers answer an offer, and with --no-deflate they do not; our clients make one.
async function examples() {
  const NONE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  const answer = async (name, path, ...args) => {
    const server = await listening(example(name, '--port', '0', ...args));
    const wire = await relay(server.port);
    const origin = `http://127.0.0.1:${new URL(wire.url).port}`;
    const c = client(wire.url + path, [], { perMessageDeflate: { threshold: 0 }, origin });
    await c.opened;
    c.ws.send(json);
    assert.equal(await c.next(), json);
    const { messages, extensions } = wire.down;
    c.ws.terminate();
    wire.close();
    assert.equal(await server.stop(), 0);
    return [extensions, messages[0].rsv1];
  };
  await check('deflate: echo_server, with and without --no-deflate', async () => {
    assert.deepEqual(await answer('echo_server', ''), [NONE, true]);
    assert.deepEqual(await answer('echo_server', '', '--no-deflate'), [undefined, false]);
  });
  await check('deflate: chat_server, with and without --no-deflate', async () => {
    assert.deepEqual(await answer('chat_server', 'chat'), [NONE, true]);
    assert.deepEqual(await answer('chat_server', 'chat', '--no-deflate'), [undefined, false]);
  });
  await check('deflate: echo_client, with and without --no-deflate', async () => {
    const offer = async (...args) => {
      const seen = {};
      await against(
        { perMessageDeflate: { threshold: 0 } },
        url => example('echo_client', ...args, url),
        async (c, wire) => {
          c.ws.send(json);
          assert.equal(await c.next(), json);
          Object.assign(seen, { offered: wire.up.extensions, rsv1: wire.up.messages[0].rsv1 });
          c.ws.close(1000);
        },
      );
      return [seen.offered, seen.rsv1];
    };
    assert.deepEqual(await offer(), [`${NONE}; client_max_window_bits`, true]);
    assert.deepEqual(await offer('--no-deflate'), [undefined, false]);
  });
}

suite(async () => {
  for (const ours of OURS) await asServer(ours);
  for (const ours of OURS) await asClient(ours);
  await examples();
  await inBrowser();
});
