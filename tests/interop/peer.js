// What the Node suites share: checks, our programs as child processes, a browser.
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { inspect } = require('node:util');
const { WebSocket } = require('ws');

const { BUILD, OUT } = process.env;
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

// Rejects when the promise takes longer: no check may hang.
function within(ms, promise, what = 'no answer') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function until(test, what, ms = 10000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
    const result = await test();
    if (result) return result;
  }
  throw new Error(`${typeof what === 'function' ? what() : what}: not within ${ms} ms`);
}

// One check, one line.
async function check(name, run) {
  try {
    await within(30000, run());
    console.log(`ok ${name}`);
  } catch (error) {
    process.exitCode = 1;
    const why = error?.generatedMessage
      ? `got ${inspect(error.actual)}, expected ${inspect(error.expected)}`
      : String(error?.message ?? error);
    console.log(`FAIL ${name}: ${why.replace(/\s+/g, ' ').slice(0, 400)}`);
  }
}

// A child process: out and err are its output so far, ended its exit code or signal.
function run(file, args = [], options = {}) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const p = { child, out: '', err: '' };
  children.add(child);
  child.stdout.on('data', data => {
    p.out += data;
  });
  child.stderr.on('data', data => {
    p.err += data;
  });
  p.ended = new Promise(resolve =>
    child.on('close', (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    }),
  );
  p.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return within(10000, p.ended, 'still running');
  };
  p.printed = (pattern, ms) =>
    until(
      () => pattern.exec(p.out),
      () => `${path.basename(file)} printed ${p.out}, not ${pattern}`,
      ms,
    );
  return p;
}

const example = (name, ...args) => run(path.join(BUILD, 'examples', name), args);
const probe = (...args) => run(path.join(OUT, 'probe'), args);

// Waits for the line that names the port; url and port become members.
async function listening(p) {
  const [, host] = await p.printed(/(?:ws|http):\/\/(\S+)\//);
  p.host = host;
  p.port = Number(host.split(':').pop());
  p.url = `ws://${host}/`;
  return p;
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// A ws client that keeps what it got: next() is the next message, closed what the close event said.
function client(url, protocols = [], options = {}) {
  const ws = new WebSocket(url, protocols, options);
  return keep(
    ws,
    new Promise((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    }),
  );
}

function keep(ws, opened = Promise.resolve()) {
  const got = [];
  const waiting = [];
  ws.on('message', (data, isBinary) => {
    const message = isBinary ? data : data.toString();
    if (waiting.length) waiting.shift()(message);
    else got.push(message);
  });
  ws.on('error', () => {}); // told by opened or by closed
  opened.catch(() => {});
  return {
    ws,
    opened: within(10000, opened, 'not open'),
    next: () =>
      within(
        15000,
        got.length ? Promise.resolve(got.shift()) : new Promise(r => waiting.push(r)),
        'no message',
      ),
    closed: new Promise(resolve =>
      ws.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    ),
  };
}

// Chromium with an empty profile; close() also removes the profile.
async function chromium() {
  const dir = fs.mkdtempSync(path.join(OUT, 'profile-'));
  const context = await require('playwright-core').chromium.launchPersistentContext(dir, {
    executablePath: '/usr/bin/chromium',
    viewport: { width: 1000, height: 700 },
    ignoreHTTPSErrors: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--ignore-certificate-errors',
    ],
  });
  context.setDefaultTimeout(15000);
  return {
    context,
    close: async () => {
      await context.close();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

// The body of a suite; an error outside a check fails the suite.
function suite(body) {
  body()
    .catch(error => {
      console.log(`FAIL ${path.basename(process.argv[1])}: ${error.stack}`);
      process.exitCode = 1;
    })
    .finally(() => process.exit());
}

module.exports = {
  BUILD,
  OUT,
  assert,
  check,
  chromium,
  client,
  example,
  freePort,
  keep,
  listening,
  probe,
  run,
  suite,
  until,
  within,
};
