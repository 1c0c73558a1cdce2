// Node's ws as client of our servers and as server for our clients.
'use strict';
const http = require('node:http');
const { WebSocket, WebSocketServer } = require('ws');
const { assert, check, client, example, keep, listening, probe, suite, within } = require('./peer');

const MIB = 1 << 20;
const text = 'grüße 🎉 <b>';
const bytes = n => Buffer.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 255);

// The status and headers that a refused handshake got.
const refusal = (url, options, protocols = []) =>
  within(
    10000,
    new Promise((resolve, reject) => {
      const ws = new WebSocket(url, protocols, options);
      ws.on('open', () => {
        ws.terminate();
        reject(new Error('accepted'));
      });
      ws.on('error', reject);
      ws.on('unexpected-response', (request, response) => {
        resolve({ status: response.statusCode, headers: response.headers });
        response.resume();
        request.destroy();
      });
    }),
  );

async function echoes(c) {
  for (const message of [
    text,
    '',
    bytes(0),
    bytes(125),
    bytes(126),
    bytes(65535),
    bytes(65536),
    bytes(MIB),
    'é'.repeat(MIB / 2),
  ]) {
    c.ws.send(message);
    assert.ok(
      Buffer.from(await c.next()).equals(Buffer.from(message)),
      `${message.length} came back changed`,
    );
  }
}

async function asClient() {
  const echo = await listening(example('echo_server', '--port', '0'));
  const probing = await listening(probe('server', 'two, one'));
  const open = async (url, ...rest) => {
    const c = client(url, ...rest);
    await c.opened;
    return c;
  };
  let closes = 0;
  // What the server was told of the latest close.
  const told = async () => {
    await probing.printed(new RegExp(`(close [^]*){${++closes}}\n`));
    return probing.out
      .trim()
      .split('\n')
      .filter(line => line.startsWith('close'))
      .pop();
  };

  await check('ws client: text, binary, empty, 1 MiB', async () => {
    const c = await open(echo.url);
    await echoes(c);
    c.ws.close(1000);
    assert.equal((await c.closed).code, 1000);
  });
  await check('ws client: permessage-deflate offered and declined', async () => {
    const plain = await listening(example('echo_server', '--port', '0', '--no-deflate'));
    const c = client(plain.url, [], { perMessageDeflate: true });
    const response = new Promise(resolve => c.ws.on('upgrade', resolve));
    await c.opened;
    assert.equal((await response).headers['sec-websocket-extensions'], undefined);
    assert.equal(c.ws.extensions, '');
    c.ws.send(text.repeat(1000));
    assert.equal(await c.next(), text.repeat(1000));
    c.ws.terminate();
    assert.equal(await plain.stop(), 0);
  });
  await check('ws client: fragments with a ping between them', async () => {
    const c = await open(echo.url);
    const pong = new Promise(resolve => c.ws.on('pong', resolve));
    const character = Buffer.from('🎉'); // it is cut in two
    c.ws.send('one ', { fin: false });
    c.ws.send(character.subarray(0, 2), { fin: false });
    c.ws.ping('between');
    c.ws.send(character.subarray(2), { fin: false });
    c.ws.send('', { fin: false });
    c.ws.send(' two', { fin: true });
    assert.equal(await c.next(), 'one 🎉 two');
    assert.equal(String(await within(5000, pong)), 'between');
    c.ws.send(bytes(70000), { fin: false });
    c.ws.send(bytes(70000), { fin: true });
    assert.ok((await c.next()).equals(Buffer.concat([bytes(70000), bytes(70000)])));
    c.ws.terminate();
  });
  await check('ws client: our fragments and our ping', async () => {
    const c = await open(probing.url);
    c.ws.send('parts');
    assert.equal(await c.next(), 'one two three');
    await probing.printed(/^pong between$/m);
    c.ws.ping('hello');
    await probing.printed(/^ping hello$/m);
    c.ws.terminate();
    assert.match(await told(), /code=1006 sent=0 clean=0 by_peer=1/);
  });
  await check("ws client: subprotocol by the server's preference", async () => {
    const c = await open(probing.url, ['one', 'two', 'three']);
    assert.equal(c.ws.protocol, 'two');
    await probing.printed(/^open two$/m);
    c.ws.close();
    assert.equal((await c.closed).code, 1005);
    assert.match(await told(), /code=1005 sent=1005 clean=1 by_peer=1/);
  });
  await check('ws client: its close code and reason', async () => {
    const c = await open(probing.url);
    c.ws.close(3001, 'ende 🎉');
    assert.equal((await c.closed).code, 3001);
    assert.match(await told(), /code=3001 sent=3001 clean=1 by_peer=1 error=0 reason=ende 🎉$/);
  });
  await check('ws client: our close code and reason', async () => {
    const c = await open(probing.url);
    c.ws.send('close 4123 over and out');
    assert.deepEqual(await c.closed, { code: 4123, reason: 'over and out' });
    assert.match(await told(), /code=4123 sent=4123 clean=1 by_peer=0/);
  });
  await check('ws client: broken rules are answered with their codes', async () => {
    const broken = async (...args) => {
      // the code of a message that must be refused
      const c = await open(probing.url);
      c.ws.send(...args);
      const { code } = await c.closed;
      await told();
      return code;
    };
    assert.equal(await broken(Buffer.from([0xc3, 0x28]), { binary: false }), 1007);
    assert.equal(await broken('not masked', { mask: false }), 1002);
  });
  await check('ws client: a message over --max-message is refused with 1009', async () => {
    const small = await listening(example('echo_server', '--port', '0', '--max-message', '1000'));
    const c = await open(small.url);
    c.ws.send(bytes(1000));
    assert.equal((await c.next()).length, 1000);
    c.ws.send(bytes(1001));
    assert.equal((await c.closed).code, 1009);
    assert.equal(await small.stop(), 0);
  });
  await check('ws client: 1,000 connections at once', async () => {
    const clients = [];
    for (let i = 0; i < 1000; i += 100)
      // in batches: Node's own handshakes are the slow part
      clients.push(
        ...(await Promise.all(
          Array.from({ length: 100 }, () => open(echo.url, [], { perMessageDeflate: false })),
        )),
      );
    clients.forEach((c, i) => c.ws.send(`message ${i}`));
    const answers = await Promise.all(clients.map(c => c.next()));
    answers.forEach((answer, i) => assert.equal(answer, `message ${i}`));
    assert.ok(clients.every(c => c.ws.readyState === WebSocket.OPEN));
    clients.forEach(c => c.ws.close(1000));
    const codes = await Promise.all(clients.map(c => c.closed));
    assert.ok(codes.every(({ code }) => code === 1000));
  });
  await check('ws client: SIGTERM closes every connection with 1001', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => open(echo.url)));
    assert.equal(await echo.stop('SIGTERM'), 0);
    for (const c of clients) assert.equal((await c.closed).code, 1001);
  });
  assert.equal(await probing.stop(), 0);
}

async function chat() {
  const server = await listening(example('chat_server', '--port', '0'));
  await check('ws client: refused by path, origin and version', async () => {
    assert.equal((await refusal(`${server.url}nowhere`)).status, 404);
    assert.equal(
      (await refusal(`${server.url}chat`, { origin: 'http://elsewhere.example' })).status,
      403,
    );
    assert.equal((await refusal(`${server.url}chat`, { origin: 'null' })).status, 403);
    const { status, headers } = await refusal(`${server.url}chat`, { protocolVersion: 8 });
    assert.equal(status, 426);
    assert.equal(headers['sec-websocket-version'], '13');
    assert.match(headers.connection, /close/);
  });
  await check('ws client: a broadcast to 100 members', async () => {
    const members = Array.from({ length: 100 }, () =>
      client(`${server.url}chat`, [], { origin: `http://${server.host}` }),
    );
    await Promise.all(members.map(c => c.opened));
    for (let i = 0; i < 20; i++) members[i].ws.send(`message ${i}`);
    for (const c of members) {
      const got = [];
      for (let i = 0; i < 20; i++) got.push(await c.next());
      assert.equal(new Set(got).size, 20);
    }
    members.forEach(c => c.ws.terminate());
  });
  assert.equal(await server.stop('SIGINT'), 0);
}

// Our client against a server whose connection handler is given: what the client printed and returned.
async function against(start, handler, options = {}) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: true,
    ...options,
  });
  await new Promise(resolve => server.on('listening', resolve));
  const connected = new Promise((resolve, reject) =>
    server.on('connection', ws => {
      const c = keep(ws);
      handler(c).then(() => resolve(c), reject);
    }),
  );
  const p = start(`ws://127.0.0.1:${server.address().port}/path?query`);
  await within(20000, connected);
  const status = await within(10000, p.ended, 'our client still runs');
  server.close();
  return { status, out: p.out, err: p.err };
}

async function asServer() {
  const echoClient = url => example('echo_client', url);
  const probeClient = url => probe('client', url, 'one, two');

  await check('ws server: text, binary, empty, 1 MiB', async () => {
    const { status } = await against(echoClient, async c => {
      await echoes(c);
      c.ws.close(1000, 'done');
      assert.equal((await c.closed).code, 1000);
    });
    assert.equal(status, 0);
  });
  await check('ws server: fragments, ping', async () => {
    const { status } = await against(echoClient, async c => {
      const pong = new Promise(resolve => c.ws.on('pong', resolve));
      c.ws.send('one ', { fin: false });
      c.ws.ping('between');
      c.ws.send('two', { fin: true });
      assert.equal(await c.next(), 'one two');
      assert.equal(String(await within(5000, pong)), 'between');
      c.ws.close();
    });
    assert.equal(status, 0);
  });
  await check('ws server: close codes and reasons, its own and ours', async () => {
    const theirs = await against(probeClient, async c => {
      c.ws.close(4001, 'server ends');
      assert.equal((await c.closed).code, 4001);
    });
    assert.match(theirs.out, /code=4001 sent=4001 clean=1 by_peer=1 error=0 reason=server ends/);
    const ours = await against(probeClient, async c => {
      c.ws.send('close 3002 client ends');
      assert.deepEqual(await c.closed, { code: 3002, reason: 'client ends' });
    });
    assert.match(ours.out, /code=3002 sent=3002 clean=1 by_peer=0/);
  });
  await check('ws server: subprotocol, our fragments and our ping', async () => {
    const { out } = await against(
      probeClient,
      async c => {
        assert.equal(c.ws.protocol, 'two');
        const ping = new Promise(resolve => c.ws.on('ping', resolve));
        c.ws.send('parts');
        assert.equal(await c.next(), 'one two three');
        assert.equal(String(await within(5000, ping)), 'between');
        c.ws.close();
      },
      { handleProtocols: offered => (offered.has('two') ? 'two' : false) },
    );
    assert.match(out, /^open two\n(.*\n)*pong between$/m);
  });
  await check('ws server: a subprotocol nobody offered fails our client', async () => {
    const { out } = await against(probeClient, c => c.closed, { handleProtocols: () => 'odd' });
    assert.match(out, /^close code=1006 sent=0 .* error=-13 .*\nrule .*rotocol/m);
  });
  await check('ws server: broken rules end our client with 1', async () => {
    const run = (...args) =>
      against(echoClient, async c => {
        c.ws.send(...args);
        c.code = (await c.closed).code;
        assert.equal(c.code, args[1].binary === false ? 1007 : 1002);
      });
    for (const args of [
      [Buffer.from([0xff]), { binary: false }],
      ['masked', { mask: true }],
    ]) {
      const { status, err } = await run(...args);
      assert.equal(status, 1);
      assert.match(err, /RFC 6455/);
    }
  });
  await check('ws server: it disappears, our client exits 1 with the reason', async () => {
    const { status, err } = await against(echoClient, async c => c.ws.terminate());
    assert.equal(status, 1);
    assert.match(err, /./);
  });
  await check('ws server: refused handshakes reach our client with status and body', async () => {
    for (const [status, body] of [
      [401, 'who are you?'],
      [404, 'nothing here'],
      [503, 'x'.repeat(20000)],
    ]) {
      const server = http.createServer();
      server.on('upgrade', (request, socket) =>
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      );
      await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
      const p = example('echo_client', `ws://127.0.0.1:${server.address().port}/`);
      assert.equal(await within(10000, p.ended), 1);
      assert.ok(p.err.includes(String(status)) && p.err.includes(body.slice(0, 100)), p.err);
      server.closeAllConnections?.();
      server.close();
    }
  });
}

suite(async () => {
  await asClient();
  await chat();
  await asServer();
});
