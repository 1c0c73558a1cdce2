"""What the Python suites share: checks, our programs as child processes, raw sockets."""
import asyncio
import atexit
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ["BUILD"]
OUT = os.environ["OUT"]
_children = []
_failed = False


def _end_children():
    for child in _children:
        if child.poll() is None:
            child.kill()
            child.wait()


atexit.register(_end_children)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that atexit runs


def check(name, test, *args):
    """One check, one line. test is a function, or a coroutine function."""
    global _failed
    try:
        result = test(*args)
        if asyncio.iscoroutine(result):
            asyncio.run(asyncio.wait_for(result, 30))
        print(f"ok {name}", flush=True)
    except Exception as error:  # pylint: disable=broad-except
        _failed = True
        where = traceback.extract_tb(error.__traceback__)
        line = next((f for f in reversed(where) if f.filename == sys.argv[0]), where[-1])
        why = " ".join(f"{type(error).__name__} {error} in '{line.line}'".split())
        print(f"FAIL {name}: {why[:400]}", flush=True)


def finish():
    sys.exit(1 if _failed else 0)


def equal(got, expected):
    if got != expected:
        raise AssertionError(f"got {got!r:.150}, expected {expected!r:.150}")


def matches(text, pattern):
    if not re.search(pattern, text):
        raise AssertionError(f"{text!r:.200} does not match {pattern!r}")


class Program:
    """A child process with its output in files that have no name: they never block it."""

    def __init__(self, path, *args, stdin=subprocess.DEVNULL, **options):
        self.name = os.path.basename(path)
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        options = {"stdout": self._out, "stderr": self._err, **options}
        self.child = subprocess.Popen([path, *args], stdin=stdin, **options)
        _children.append(self.child)

    @staticmethod
    def _text(file):
        data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
        return data.decode("utf-8", "replace")

    @property
    def out(self):
        return self._text(self._out)

    @property
    def err(self):
        return self._text(self._err)

    def printed(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.out, re.M)
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"{self.name} did not print {pattern!r}: {self.out!r:.200}")

    def listening(self):
        self.host = self.printed(r"(?:ws|http)://(\S+)/")[1]
        self.port = int(self.host.split(":")[-1])
        self.url = f"ws://{self.host}/"
        return self

    def ended(self, seconds=10):
        return self.child.wait(seconds)

    def stop(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        return self.ended()


def example(name, *args, **options):
    return Program(f"{BUILD}/examples/{name}", *args, **options)


def probe(*args):
    return Program(f"{OUT}/probe", *args)


def server(name, *args):
    return example(name, "--port", "0", *args).listening()


REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


def request(peer, path="/", more=""):
    return REQUEST.format(path=path, host=peer.host, more=more).encode()


def frame(opcode, payload, fin=True):
    """A client's frame; the masking key is all zeroes, so that the payload can be read."""
    head = bytes([opcode | (0x80 if fin else 0)])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += b"\xfe" + struct.pack(">H", len(payload))
    else:
        head += b"\xff" + struct.pack(">Q", len(payload))
    return head + bytes(4) + payload


def connect(peer):
    return socket.create_connection(("127.0.0.1", peer.port), timeout=15)


def read_all(sock):
    data = b""
    while True:
        try:
            piece = sock.recv(65536)
        except ConnectionResetError:
            return data + b"<reset>"
        if not piece:
            return data
        data += piece


def read_until(sock, end):
    data = b""
    while end not in data:
        piece = sock.recv(65536)
        if not piece:
            raise AssertionError(f"the connection ended after {data!r:.200}")
        data += piece
    return data


def readable(fd, seconds=10):
    return bool(select.select([fd], [], [], seconds)[0])
