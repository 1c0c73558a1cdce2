"""permessage-deflate with Python's websockets in both roles; a relay sees what is compressed."""
import asyncio
import functools
import hashlib
import json
import re

import websockets
from peer import check, equal, example, finish, matches, probe
from websockets.extensions.permessage_deflate import (ClientPerMessageDeflateFactory,
                                                      ServerPerMessageDeflateFactory)

MIB = 1 << 20
JSON = json.dumps([{"id": i, "name": f"user {i}"} for i in range(300)])
NOISE = hashlib.shake_256(b"noise").digest(MIB)
REMEMBERED = NOISE[:100].hex()  # 200 bytes: the next one is inside any window
MESSAGES = [REMEMBERED, REMEMBERED, "grüße 🎉 <b>", "", b"", JSON, JSON.encode() * 3, NOISE[:3000],
            bytes(70000)]
LARGE = [bytes(i % 100 for i in range(MIB)), NOISE, "é" * (MIB // 2)]

# The probe's options: windows and takeover. zlib compresses for no window of 8 bits, which Python tells
# as an error: only ours does.
OURS = {"--deflate": (15, 15, False), "--takeover": (15, 15, True),
        "--takeover --server-bits 9 --client-bits 10": (9, 10, True),
        "--server-bits 12 --level 1": (12, 15, False)}
WE_SERVE = {**OURS, "--takeover --server-bits 8 --client-bits 9 --level 9": (8, 9, True)}
WE_CONNECT = {**OURS, "--takeover --server-bits 9 --client-bits 8 --level 9": (9, 8, True)}


class Frames:
    """One direction of a connection behind its HTTP head: (opcode, RSV1, payload length)."""

    def __init__(self):
        self.head, self.list, self._rest, self._skip = b"", [], b"", 0

    def add(self, data):
        self._rest += data
        if not self.head:
            if b"\r\n\r\n" not in self._rest:
                return
            self.head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        while self._next():
            pass

    def _next(self):
        part = min(self._skip, len(self._rest))
        self._skip, self._rest = self._skip - part, self._rest[part:]
        if self._skip or len(self._rest) < 2:
            return False
        first, second = self._rest[:2]
        extended = {126: 2, 127: 8}.get(second & 127, 0)
        header = 2 + extended + (4 if second & 128 else 0)
        if len(self._rest) < header:
            return False
        length = int.from_bytes(self._rest[2:2 + extended], "big") if extended else second & 127
        self.list.append((first & 15, bool(first & 64), length))
        self._skip, self._rest = length, self._rest[header:]
        return True

    def compressed(self, takeover, sent):
        """All of a test's messages have passed: they were compressed."""
        equal([f for f in self.list if f[1] and f[0] not in (1, 2)], [])
        first, second = self.list[:2]
        equal((first[:2], second[:2]), ((1, True), (1, True)))
        equal(first[2] < len(REMEMBERED), True)
        equal(second[2] < 20, takeover)
        equal(sum(rsv1 for _, rsv1, _ in self.list) >= 6, True)
        equal(sum(length for _, _, length in self.list) < sent / 2, True)


class Relay:
    """Hands the latest connection on to a port and looks at its frames."""

    def __init__(self, port):
        self.port, self.up, self.down = port, Frames(), Frames()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _connected(self, reader, writer):
        self.up, self.down = Frames(), Frames()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pass(reader, far_writer, self.up),
                             self._pass(far_reader, writer, self.down))

    @staticmethod
    async def _pass(reader, writer, frames):
        while data := await reader.read(65536):
            frames.add(data)
            writer.write(data)
            await writer.drain()
        writer.close()


async def echoes(ws, theirs):
    """The large ones once for each of our settings; returns how many bytes were sent."""
    messages = MESSAGES + (LARGE if theirs in ({}, {"client_max_window_bits": True}) else [])
    for message in messages:
        await ws.send(message)
        got = await ws.recv()
        if got != message:
            raise AssertionError(f"{type(message)} of {len(message)} came back changed")
    await ws.send([JSON[:777], "", JSON[777:]])  # a frame each
    equal(await ws.recv(), JSON)
    await asyncio.wait_for(await ws.ping("between"), 5)
    return sum(map(len, messages))


def least(mine, theirs):
    return min(mine, theirs if isinstance(theirs, int) and theirs is not True else 15)


def terms(ours, theirs):
    """RFC 7692 7.1: what both sides are to agree on; and how the probe prints it."""
    server, client, takeover = ours
    server = least(server, theirs.get("server_max_window_bits"))
    client = least(client, theirs.get("client_max_window_bits", 15))
    takes = [takeover and not theirs.get(f"{who}_no_context_takeover") for who in
             ("server", "client")]
    told = "deflate server={}{} client={}{}".format(
        server, "+takeover" if takes[0] else "", client, "+takeover" if takes[1] else "")
    return takes, told


def variants(role):
    """websockets' settings; a client that sets no window for itself says that it can."""
    for bits in range(9, 16):
        yield {"server_max_window_bits": bits, "client_max_window_bits": 24 - bits}
    anything = {"client_max_window_bits": True} if role == "client" else {}
    yield anything
    yield {**anything, "server_no_context_takeover": True}
    yield {**anything, "client_no_context_takeover": True}
    yield {**anything, "server_no_context_takeover": True, "client_no_context_takeover": True}


# ---- as client

async def client(probing, ours, theirs):
    takes, told = terms(ours, theirs)
    factory = ClientPerMessageDeflateFactory(**theirs)
    before = probing.out.count("deflate ")
    async with Relay(probing.port) as relay:
        async with websockets.connect(relay.url, max_size=4 * MIB, compression=None,
                                      ping_interval=None, extensions=[factory]) as ws:
            equal([x.name for x in ws.extensions], ["permessage-deflate"])
            await asyncio.to_thread(probing.printed, "(deflate [^\0]*){%d}" % (before + 1))
            equal(re.findall("^deflate .*$", probing.out, re.M)[-1], told)
            sent = await echoes(ws, theirs)
            await ws.close()
            equal(ws.close_code, 1000)
        relay.up.compressed(takes[1], sent)
        relay.down.compressed(takes[0], sent)


# ---- as server

async def served(start, handler, **options):
    """Our client, through a relay, against a handler: its program and the relay."""
    done = asyncio.get_running_loop().create_future()

    async def handle(ws):
        try:
            done.set_result(await handler(ws))
        except Exception as error:  # pylint: disable=broad-except
            done.set_exception(error)

    async with websockets.serve(handle, "127.0.0.1", 0, max_size=4 * MIB, ping_interval=None,
                                **options) as srv:
        async with Relay(srv.sockets[0].getsockname()[1]) as relay:
            program = start(relay.url)
            await asyncio.wait_for(done, 25)
            await asyncio.to_thread(program.ended, 15)
    return program, relay


async def server(args, theirs):
    takes, told = terms(WE_CONNECT[args], theirs)
    sent = []

    async def handler(ws):
        equal([x.name for x in ws.extensions], ["permessage-deflate"])
        sent.append(await echoes(ws, theirs))
        await ws.close(1000, "done")
        equal(ws.close_code, 1000)

    factory = ServerPerMessageDeflateFactory(**theirs)
    program, relay = await served(lambda url: probe(*args.split(), "client", url), handler,
                                  compression=None, extensions=[factory])
    matches(program.out, f"(^|\n){re.escape(told)}\n")
    relay.up.compressed(takes[1], sent[0])
    relay.down.compressed(takes[0], sent[0])


async def clients_offer():
    """compression="deflate" is what websockets does unless it is told otherwise."""
    async def handler(ws):
        await ws.send(JSON)
        equal(await ws.recv(), JSON)
        offered = ws.request_headers.get("Sec-WebSocket-Extensions", "")
        await ws.close()
        return offered

    for args, expected in (([], True), (["--no-deflate"], False)):
        program, relay = await served(functools.partial(example, "echo_client", *args), handler,
                                      compression="deflate")
        equal((args, program.child.returncode), (args, 0))
        equal((args, b"permessage-deflate" in relay.up.head), (args, expected))
        equal((args, relay.up.list[0][1]), (args, expected))


async def servers_answer():
    for args, expected in (([], True), (["--no-deflate"], False)):
        echo = example("echo_server", "--port", "0", *args).listening()
        async with websockets.connect(echo.url, compression="deflate") as ws:
            equal((args, "Sec-WebSocket-Extensions" in ws.response_headers), (args, expected))
            await ws.send(JSON)
            equal(await ws.recv(), JSON)
        equal(echo.stop(), 0)


def main():
    for args, ours in WE_SERVE.items():
        probing = probe(*args.split(), "server").listening()
        for theirs in variants("client"):
            check(f"deflate: websockets client {theirs}, probe {args}", client, probing, ours,
                  theirs)
        equal(probing.stop(), 0)
    for args, (server_bits, client_bits, _) in WE_CONNECT.items():
        for theirs in variants("server"):
            # websockets answers no offer with a wider window
            if (theirs.get("server_max_window_bits", 0) <= server_bits
                    and theirs.get("client_max_window_bits", 0) <= client_bits):
                check(f"deflate: websockets server {theirs}, probe {args}", server, args, theirs)
    check("deflate: echo_client offers, with --no-deflate it does not", clients_offer)
    check("deflate: echo_server answers, with --no-deflate it does not", servers_answer)
    finish()


main()
