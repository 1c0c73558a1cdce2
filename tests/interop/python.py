"""Python's websockets as client of our servers and as server for our clients."""
import asyncio
import http

import websockets
from peer import check, equal, example, finish, matches, probe, server

TEXT = "grüße 🎉 <b>"
MIB = 1 << 20
MESSAGES = [TEXT, "", b"", bytes(range(125)), bytes(range(126)), bytes(65535), bytes(65536),
            bytes(range(256)) * 4096, "é" * (MIB // 2)]


async def echoes(ws):
    for message in MESSAGES:
        await ws.send(message)
        got = await ws.recv()
        if got != message:
            raise AssertionError(f"{type(message)} of {len(message)} came back changed")


def connect(peer, **options):
    return websockets.connect(peer.url, max_size=4 * MIB, open_timeout=10, **options)


# ---- as client

async def client_messages(echo):
    async with connect(echo) as ws:
        await echoes(ws)
        await ws.close()
        equal(ws.close_code, 1000)


async def client_declined():
    echo = server("echo_server", "--no-deflate")
    async with connect(echo, compression="deflate") as ws:
        equal("Sec-WebSocket-Extensions" in ws.request_headers, True)
        equal("Sec-WebSocket-Extensions" in ws.response_headers, False)
        equal(ws.extensions, [])
        await ws.send(TEXT * 1000)
        equal(await ws.recv(), TEXT * 1000)
    equal(echo.stop(), 0)


async def client_fragments(echo):
    async with connect(echo) as ws:
        await ws.send(["one ", "", "🎉", " two"])  # a frame each
        equal(await ws.recv(), "one 🎉 two")
        await ws.send([bytes(70000), b"\1" * 70000])
        equal(await ws.recv(), bytes(70000) + b"\1" * 70000)


async def client_ping(probing):
    async with connect(probing, ping_interval=None) as ws:
        await asyncio.wait_for(await ws.ping("from python"), 5)
        probing.printed("^ping from python$")
        for command, pong in (("ping from us", "from us"), ("parts", "between")):
            await ws.send(command)  # the pong needs this loop to run
            await asyncio.to_thread(probing.printed, f"^pong {pong}$")
        equal(await ws.recv(), "one two three")


async def client_closes(probing):
    async with connect(probing) as ws:
        await ws.close(code=3001, reason="ende 🎉")
        equal(ws.close_code, 3001)
    probing.printed("^close code=3001 sent=3001 clean=1 by_peer=1 error=0 reason=ende 🎉$")


async def client_is_closed(probing):
    async with connect(probing) as ws:
        await ws.send("close 4123 over and out")
        await asyncio.wait_for(ws.wait_closed(), 5)
        equal((ws.close_code, ws.close_reason), (4123, "over and out"))
    probing.printed("^close code=4123 sent=4123 clean=1 by_peer=0")


async def client_subprotocol(probing):
    async with connect(probing, subprotocols=["one", "two", "three"]) as ws:
        equal(ws.subprotocol, "two")
    probing.printed("^open two$")


async def client_refused(chat):
    async def status(path, **options):
        try:
            async with websockets.connect(chat.url + path, **options):
                return 101
        except websockets.InvalidStatusCode as error:
            return error.status_code

    equal(await status("nowhere"), 404)
    equal(await status("chat", origin="http://elsewhere.example"), 403)
    equal(await status("chat", origin=f"http://{chat.host}"), 101)
    equal(await status("chat"), 101)


async def client_stopped(echo):
    async with connect(echo) as ws:
        await ws.send("ready")
        await ws.recv()
        equal(echo.stop(), 0)  # blocks the loop: the Close is read afterwards
        await asyncio.wait_for(ws.wait_closed(), 5)
        equal(ws.close_code, 1001)


# ---- as server

async def serve(start, handler, **options):
    """Our client against a handler: returns the client's program when both are done."""
    done = asyncio.get_running_loop().create_future()

    async def handle(ws):
        try:
            done.set_result(await handler(ws))
        except Exception as error:  # pylint: disable=broad-except
            done.set_exception(error)

    options = {"max_size": 4 * MIB, "ping_interval": None, **options}
    async with websockets.serve(handle, "127.0.0.1", 0, **options) as srv:
        port = srv.sockets[0].getsockname()[1]
        program = start(f"ws://127.0.0.1:{port}/path?query")
        ended = asyncio.create_task(asyncio.to_thread(program.ended, 15))
        if "process_request" not in options:
            await asyncio.wait_for(done, 20)
        program.status = await ended
    return program


def echo_client(url):
    return example("echo_client", url)


def probe_client(url):
    return probe("client", url, "one, two")


async def server_messages():
    async def handler(ws):
        await echoes(ws)
        await ws.close(1000, "done")
        equal(ws.close_code, 1000)

    equal((await serve(echo_client, handler)).status, 0)


async def server_fragments():
    async def handler(ws):
        await ws.send(["one ", "🎉", " two"])
        equal(await ws.recv(), "one 🎉 two")
        await asyncio.wait_for(await ws.ping("between"), 5)
        await ws.send([bytes(70000), b"\1" * 70000])
        equal(len(await ws.recv()), 140000)

    equal((await serve(echo_client, handler)).status, 0)


async def server_closes():
    async def theirs(ws):
        await ws.close(4001, "server ends")
        equal(ws.close_code, 4001)

    async def ours(ws):
        await ws.send("close 3002 client ends")
        await asyncio.wait_for(ws.wait_closed(), 5)
        equal((ws.close_code, ws.close_reason), (3002, "client ends"))

    matches((await serve(probe_client, theirs)).out,
            "close code=4001 sent=4001 clean=1 by_peer=1 error=0 reason=server ends")
    matches((await serve(probe_client, ours)).out, "close code=3002 sent=3002 clean=1 by_peer=0")


async def server_subprotocol():
    async def handler(ws):
        equal(ws.subprotocol, "two")
        await ws.send("parts")
        equal(await ws.recv(), "one two three")

    matches((await serve(probe_client, handler, subprotocols=["two"])).out,
            "open two\n(.*\n)*pong between")


async def server_refuses():
    for status, body in ((401, b"who are you?"), (404, b"nothing here")):
        async def refuse(_path, _headers, answer=(http.HTTPStatus(status), [], body)):
            return answer

        program = await serve(echo_client, None, process_request=refuse)
        equal(program.status, 1)
        matches(program.err, f"{status}.*{body.decode()}")


def main():
    echo, chat = server("echo_server"), server("chat_server")
    probing = probe("server", "two, one").listening()
    check("websockets client: text, binary, empty, 1 MiB", client_messages, echo)
    check("websockets client: permessage-deflate offered and declined", client_declined)
    check("websockets client: fragments", client_fragments, echo)
    check("websockets client: ping both ways", client_ping, probing)
    check("websockets client: its close code and reason", client_closes, probing)
    check("websockets client: our close code and reason", client_is_closed, probing)
    check("websockets client: subprotocol", client_subprotocol, probing)
    check("websockets client: refused by path and origin", client_refused, chat)
    check("websockets client: SIGTERM closes it with 1001", client_stopped, echo)
    check("websockets server: text, binary, empty, 1 MiB", server_messages)
    check("websockets server: fragments, ping", server_fragments)
    check("websockets server: close codes and reasons, its own and ours", server_closes)
    check("websockets server: subprotocol, our fragments and our ping", server_subprotocol)
    check("websockets server: refused handshakes reach our client", server_refuses)
    finish()


main()
