// Chromium: the chat page in two tabs, and raw WebSockets from the page's JavaScript.
'use strict';
const http = require('node:http');
const path = require('node:path');
const { OUT, assert, check, chromium, example, listening, probe, suite, until } = require('./peer');

// Runs in the page: a WebSocket that sends, and what became of it.
const talk = async ({ url, protocols = [], send = [], answers = send.length, close }) => {
  const ws = new WebSocket(url, protocols);
  ws.binaryType = 'arraybuffer';
  const bytes = n => new Uint8Array(n).map((_, i) => i * 7 + (i >> 8));
  const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const result = { got: [] };
  const closed = new Promise(resolve => {
    ws.onclose = e => resolve({ code: e.code, reason: e.reason, wasClean: e.wasClean });
  });
  const opened = await new Promise(resolve => {
    ws.onopen = () => resolve(true);
    ws.onerror = () => resolve(false);
  });
  if (opened) {
    result.protocol = ws.protocol;
    result.extensions = ws.extensions;
    const all =
      answers &&
      new Promise(resolve => {
        ws.onmessage = ({ data }) => {
          if (result.got.push(data) === answers) resolve();
        };
      });
    for (const message of send) {
      // {bytes: N} or {times: N, text}, made here so that little is passed
      if (message.bytes !== undefined) ws.send(bytes(message.bytes).buffer);
      else ws.send(message.text.repeat(message.times ?? 1));
    }
    result.buffered = [ws.bufferedAmount];
    await all;
    result.buffered.push(ws.bufferedAmount);
    // Large ones are compared here.
    result.same = result.got
      .slice(0, send.length)
      .every((data, i) =>
        typeof data === 'string'
          ? data === send[i].text?.repeat(send[i].times ?? 1)
          : equal(new Uint8Array(data), bytes(send[i].bytes)),
      );
    result.got = result.got.map(data =>
      typeof data === 'string' ? data.slice(0, 100) : data.byteLength,
    );
    if (close) ws.close(...close);
  }
  result.closed = await closed;
  return { opened, ...result };
};

const state = (tab, wanted) => tab.waitForSelector(`#state[data-state=${wanted}]`);
const shown = tab => tab.locator('#messages li:not(.note)').allTextContents();

async function say(tab, name, message) {
  await tab.fill('#name', name);
  await tab.fill('#message', message);
  await tab.press('#message', 'Enter');
}

async function chat(context) {
  let server = await listening(example('chat_server', '--port', '0'));
  const page = `http://${server.host}/`;
  const [anna, ben] = [await context.newPage(), await context.newPage()];
  const errors = [];
  for (const tab of [anna, ben]) {
    tab.on('pageerror', error => errors.push(String(error)));
    tab.on('console', line => {
      if (line.type() === 'error') errors.push(line.text());
    });
  }

  await check('chromium: the chat page in two tabs', async () => {
    await Promise.all([anna.goto(page), ben.goto(page)]);
    await Promise.all([state(anna, 'open'), state(ben, 'open')]);
    assert.equal(await anna.textContent('#state'), 'open');
    await say(anna, 'Anna', 'Grüß dich, Ben 🎉');
    await say(ben, 'Ben', '<b>not bold</b> & <img src=x onerror=alert(1)>');
    const expected = [
      'Anna: Grüß dich, Ben 🎉',
      'Ben: <b>not bold</b> & <img src=x onerror=alert(1)>',
    ];
    for (const tab of [anna, ben]) {
      await until(async () => (await shown(tab)).length === 2, 'both messages');
      assert.deepEqual((await shown(tab)).sort(), expected);
      assert.equal(await tab.locator('#messages b, #messages img').count(), 0);
    }
    const words = 'This shows how lines wrap on a narrow screen, also a_word_without_any_space_';
    await say(anna, 'Anna', words.repeat(3));
    await until(async () => (await shown(ben)).length === 3, 'the long message');
    assert.equal(await anna.inputValue('#message'), '');
    assert.deepEqual(errors, []);
  });
  await check('chromium: screenshots', async () => {
    await ben.screenshot({ path: path.join(OUT, 'chat.png') });
    await ben.setViewportSize({ width: 390, height: 844 });
    await ben.screenshot({ path: path.join(OUT, 'chat-phone.png') });
    assert.equal(
      await ben.evaluate(() => document.documentElement.scrollWidth),
      390,
      'it scrolls sideways',
    );
  });
  await check('chromium: the page comes back by itself', async () => {
    assert.equal(await server.stop('SIGTERM'), 0);
    await Promise.all(
      [anna, ben].map(tab =>
        tab.waitForFunction(() =>
          /closed: 1001/.test(document.querySelector('#messages').textContent),
        ),
      ),
    );
    server = await listening(example('chat_server', '--port', String(server.port)));
    await Promise.all([state(anna, 'open'), state(ben, 'open')]);
    await say(ben, 'Ben', 'back again');
    await until(
      async () => (await shown(anna)).includes('Ben: back again'),
      'a message after coming back',
    );
  });
  await check('chromium: a page of another origin is refused', async () => {
    const other = http.createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!DOCTYPE html><title>other</title>');
    });
    await new Promise(resolve => other.listen(0, '127.0.0.1', resolve));
    const stranger = await context.newPage();
    await stranger.goto(`http://127.0.0.1:${other.address().port}/`);
    const refused = await stranger.evaluate(talk, { url: `${server.url}chat`, close: [1000] });
    assert.deepEqual(refused, {
      opened: false,
      got: [],
      closed: { code: 1006, reason: '', wasClean: false },
    });
    // The same from the chat's own page is let in.
    const own = await anna.evaluate(talk, { url: `${server.url}chat`, close: [1000] });
    assert.equal(own.opened, true);
    await stranger.close();
    other.closeAllConnections?.();
    other.close();
  });
  assert.equal(await server.stop(), 0);
}

async function raw(context) {
  const echo = await listening(example('echo_server', '--port', '0'));
  const probing = await listening(probe('server', 'two, one'));
  const tab = await context.newPage(); // about:blank: its Origin is "null"; these servers let any in
  const call = args => tab.evaluate(talk, args);

  await check(
    'chromium: text, binary, empty, 70 kB, 1 MiB; bufferedAmount falls to 0',
    async () => {
      const send = [
        { text: 'grüße 🎉' },
        { text: '' },
        { bytes: 0 },
        { bytes: 70000 },
        { text: 'é', times: 1 << 19 },
        { bytes: 1 << 20 },
      ];
      const result = await call({ url: echo.url, send, close: [] });
      assert.deepEqual(result.got, ['grüße 🎉', '', 0, 70000, 'é'.repeat(100), 1 << 20]);
      assert.equal(result.same, true);
      assert.ok(
        result.buffered[0] > 1 << 20,
        `bufferedAmount was ${result.buffered[0]} after sending`,
      );
      assert.equal(result.buffered[1], 0);
      assert.match(result.extensions, /^permessage-deflate/);
      assert.deepEqual(result.closed, { code: 1005, reason: '', wasClean: true });
    },
  );
  await check('chromium: close(3001, "reason") reaches the server', async () => {
    const { closed } = await call({ url: probing.url, close: [3001, 'reason 🎉'] });
    assert.equal(closed.code, 3001);
    assert.equal(closed.wasClean, true);
    await probing.printed(
      /^close code=3001 sent=3001 clean=1 by_peer=1 error=0 reason=reason 🎉$/m,
    );
  });
  await check('chromium: a close by the server reaches the page', async () => {
    const { closed } = await call({
      url: probing.url,
      send: [{ text: 'close 4123 over and out' }],
      answers: 0,
    });
    assert.deepEqual(closed, { code: 4123, reason: 'over and out', wasClean: true });
    await probing.printed(/^close code=4123 sent=4123 clean=1 by_peer=0/m);
  });
  await check('chromium: subprotocol, fragments and a ping', async () => {
    const { protocol, got } = await call({
      url: probing.url,
      protocols: ['one', 'two'],
      send: [{ text: 'parts' }],
      close: [1000],
    });
    assert.equal(protocol, 'two');
    assert.deepEqual(got, ['one two three']);
    await probing.printed(/^pong between$/m);
  });
  await check('chromium: a closed tab is told as 1001', async () => {
    const other = await context.newPage();
    await other.evaluate(
      url =>
        new Promise(resolve => {
          (window.ws = new WebSocket(url)).onopen = () => resolve();
        }),
      probing.url,
    );
    await other.close();
    await probing.printed(/^close code=1001 .* by_peer=1/m);
  });
  assert.equal(await echo.stop(), 0);
  assert.equal(await probing.stop(), 0);
}

suite(async () => {
  const browser = await chromium();
  try {
    await chat(browser.context);
    await raw(browser.context);
  } finally {
    await browser.close();
  }
});
