// nginx in front of our servers, plain and with TLS; wscat, ws and Chromium as clients.
'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {
  BUILD,
  OUT,
  assert,
  check,
  chromium,
  client,
  example,
  freePort,
  listening,
  probe,
  run,
  suite,
  until,
  within,
} = require('./peer');

const dir = path.join(OUT, 'nginx');
const address = path.join(dir, 'address.pem'); // the certificate for 127.0.0.1
const name = path.join(dir, 'name.pem'); // for localhost

const LINES = `through TLS 🎉\n${'x'.repeat(300000)}\n`;

const answers = port =>
  new Promise(resolve => {
    const socket = net
      .connect(port, '127.0.0.1', () => {
        socket.end();
        resolve(true);
      })
      .on('error', () => resolve(false));
  });

// A port that was free a moment ago can be taken by now: a few tries.
async function startNginx(hosts) {
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { recursive: true });
  for (const [file, host] of [
    [address, 'IP:127.0.0.1'],
    [name, 'DNS:localhost'],
  ]) {
    const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=interop -addext'.split(' ');
    const files = ['-keyout', file.replace('.pem', '.key'), '-out', file];
    execFileSync('openssl', [...words, `subjectAltName=${host}`, ...files], { stdio: 'ignore' });
  }
  for (let tries = 0; ; tries++) {
    const values = {
      ...hosts,
      PLAIN: await freePort(),
      TLS: await freePort(),
      NAMED: await freePort(),
    };
    const conf = fs
      .readFileSync(path.join(__dirname, 'nginx.conf'), 'utf8')
      .replace(/@(\w+)@/g, (_, key) => values[key]);
    fs.writeFileSync(path.join(dir, 'nginx.conf'), conf);
    const nginx = run('nginx', ['-p', dir, '-c', 'nginx.conf', '-e', 'error.log']);
    const up = until(() => answers(values.PLAIN), 'nginx answers', 5000).then(
      () => true,
      () => false,
    );
    if (await Promise.race([up, nginx.ended.then(() => false)]))
      return { nginx, plain: values.PLAIN, tls: values.TLS, named: values.NAMED };
    if (tries === 3)
      throw new Error(`nginx: ${nginx.err} ${fs.readFileSync(path.join(dir, 'error.log'))}`);
  }
}

const hasTls = () => execFileSync('ldd', [path.join(BUILD, 'examples/wscat')]).includes('libssl');

// wscat with a line of input: its status and what it printed.
async function wscat(url, env) {
  const p = run(path.join(BUILD, 'examples/wscat'), [url], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  p.child.stdin.on('error', () => {});
  p.child.stdin.end(LINES);
  return { status: await within(10000, p.ended), out: p.out, err: p.err };
}

async function exchange(base, options) {
  const c = client(`${base}/echo`, [], options);
  await c.opened;
  for (const message of ['grüße 🎉', '', Buffer.alloc(1 << 20, 7)]) {
    c.ws.send(message);
    assert.ok(Buffer.from(await c.next()).equals(Buffer.from(message)));
  }
  const pong = new Promise(resolve => c.ws.on('pong', resolve));
  c.ws.ping('through');
  assert.equal(String(await within(5000, pong)), 'through');
  c.ws.close(3001, 'bye');
  assert.equal((await c.closed).code, 3001);

  const p = client(`${base}/probe`, [], options);
  await p.opened;
  p.ws.send('close 4123 over and out');
  assert.deepEqual(await p.closed, { code: 4123, reason: 'over and out' });
}

async function proxied({ plain, tls, named, chat, page }) {
  const ca = fs.readFileSync(address);
  await check('nginx: ws through it, closes both ways', () => exchange(`ws://127.0.0.1:${plain}`));
  await check('nginx: wss through it, closes both ways', () =>
    exchange(`wss://127.0.0.1:${tls}`, { ca }),
  );
  await check('nginx: the Origin check passes with the Host header handed on', async () => {
    const status = async (location, origin) => {
      const c = client(`ws://127.0.0.1:${plain}${location}`, [], { origin });
      const result = await c.opened.then(
        () => 101,
        error => Number(/\d{3}$/.exec(error.message)?.[0]),
      );
      c.ws.terminate();
      return result;
    };
    assert.equal(await status('/chat', `http://127.0.0.1:${plain}`), 101);
    assert.equal(await status('/chat', 'http://elsewhere.example'), 403);
    assert.equal(await status('/chat-without-host', `http://127.0.0.1:${plain}`), 403);
  });
  if (hasTls()) {
    await check('nginx: wscat over wss, to an address and to a name', async () => {
      for (const [url, file] of [
        [`wss://127.0.0.1:${tls}/echo`, address],
        [`wss://localhost:${named}/`, name],
      ]) {
        assert.deepEqual(await wscat(url, { SSL_CERT_FILE: file }), {
          status: 0,
          out: LINES,
          err: '',
        });
      }
    });
    await check('nginx: wscat refuses an unknown certificate and one of another host', async () => {
      for (const [url, file] of [
        [`wss://127.0.0.1:${tls}/echo`, name],
        [`wss://127.0.0.1:${named}/`, name],
        [`wss://localhost:${tls}/echo`, address],
      ]) {
        const { status, out, err } = await wscat(url, { SSL_CERT_FILE: file });
        assert.deepEqual([status, out], [1, '']);
        assert.match(err, /certificate/);
      }
    });
  }
  for (const base of [`http://127.0.0.1:${plain}`, `https://127.0.0.1:${tls}`]) {
    await check(`nginx: Chromium opens the chat at ${base.split(':')[0]}://`, async () => {
      await page.goto(`${base}/`);
      await page.waitForSelector('#state[data-state=open]');
      await page.fill('#message', 'through nginx');
      await page.press('#message', 'Enter');
      await page.waitForFunction(() =>
        /guest: through nginx/.test(document.querySelector('#messages').textContent),
      );
    });
  }
  await check('nginx: the server stops, the client behind it gets 1001', async () => {
    const c = client(`wss://127.0.0.1:${tls}/chat`, [], { ca });
    await c.opened;
    assert.equal(await chat.stop(), 0);
    assert.equal((await c.closed).code, 1001);
  });
}

suite(async () => {
  const chat = await listening(example('chat_server', '--port', '0'));
  const echo = await listening(example('echo_server', '--port', '0'));
  const probing = await listening(probe('server'));
  const { nginx, ...ports } = await startNginx({
    CHAT: chat.host,
    ECHO: echo.host,
    PROBE: probing.host,
  });
  const browser = await chromium();
  try {
    await proxied({ ...ports, chat, page: await browser.context.newPage() });
  } finally {
    await browser.close();
    await nginx.stop('SIGTERM');
  }
});
