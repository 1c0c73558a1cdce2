"""What no WebSocket library would send: garbage, drips, half-closes, and clients that disappear."""
import os
import random
import socket
import struct
import threading
import time

from peer import (check, connect, equal, finish, frame, matches, read_all, read_until, request,
                  server)

ECHO_HELLO = b"\x81\x05hello"


def answer(peer, data):
    """What the server says to these bytes until it closes."""
    with connect(peer) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def still_serves(echo):
    with connect(echo) as sock:
        sock.sendall(request(echo) + frame(1, b"hello"))
        read_until(sock, ECHO_HELLO)


def http_of_chat(chat):
    def get(start):
        return answer(chat, f"{start} HTTP/1.1\r\nHost: {chat.host}\r\n\r\n".encode()).decode()

    matches(get("GET /"), r"^HTTP/1.1 200 OK\r\n(.*\r\n)*Content-Type: text/html; charset=utf-8\r\n"
                          r"(.*\r\n)*\r\n<!DOCTYPE html>(.*\n)*</html>\n$")
    matches(get("HEAD /"), r"^HTTP/1.1 200 OK\r\n(.*\r\n)*Content-Length: \d{4,}\r\n(.*\r\n)*\r\n$")
    matches(get("GET /missing"), "^HTTP/1.1 404 ")
    for refused in (get("POST /"), get("GET /chat?x"), get("BREW /coffee")):
        matches(refused, r"^HTTP/1.1 4\d\d (.*\r\n)*Connection: .*close")


def http_of_echo(echo):
    matches(answer(echo, f"GET / HTTP/1.1\r\nHost: {echo.host}\r\n\r\n".encode()).decode(),
            r"^HTTP/1.1 4(00|26) (.*\r\n)*Connection: .*close")
    matches(answer(echo, request(echo).replace(b"Version: 13", b"Version: 12")).decode(),
            r"^HTTP/1.1 426 (.*\r\n)*Sec-WebSocket-Version: 13\r\n")


def half_close(echo):
    """Request, message and FIN in one go, as `printf ... | nc -N` sends them."""
    said = answer(echo, request(echo) + frame(1, b"hello") + frame(8, b"\x03\xe8"))
    matches(said.decode("latin-1"), "^HTTP/1.1 101 ")
    equal(said.split(b"\r\n\r\n", 1)[1], ECHO_HELLO + b"\x88\x02\x03\xe8")
    # Without a Close: the answer comes all the same, and then the end.
    said = answer(echo, request(echo) + frame(1, b"hello"))
    equal(said.split(b"\r\n\r\n", 1)[1][:7], ECHO_HELLO)


def garbage(echo):
    dice = random.Random(6455)
    for i in range(50):
        answer(echo, dice.randbytes(dice.choice([1, 10, 1000, 30000])))
        answer(echo, request(echo) + dice.randbytes(dice.choice([1, 10, 1000, 30000])))
    matches(answer(echo, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)).decode(),
            "^HTTP/1.1 400 ")  # someone tries TLS
    matches(answer(echo, b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 60000).decode("latin-1"),
            "^HTTP/1.1 431 ")
    still_serves(echo)


def drip(echo):
    """A byte at a time is slow, not wrong."""
    with connect(echo) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(echo) + frame(1, b"hello"):
            sock.sendall(bytes([byte]))
            time.sleep(0.002)
        read_until(sock, ECHO_HELLO)


class Loris(threading.Thread):
    """Clients that never finish their handshake; the other checks run in the meantime."""

    def __init__(self, echo):
        super().__init__(daemon=True)
        self.socks = [connect(echo) for _ in range(20)]
        self.spent = []
        self.start()

    def run(self):
        start = time.monotonic()
        open_ones = set(self.socks)
        while open_ones and time.monotonic() - start < 20:
            time.sleep(0.5)
            for sock in list(open_ones):
                try:
                    sock.sendall(b"G")
                    sock.settimeout(0.001)
                    if sock.recv(1000) == b"":
                        raise ConnectionResetError
                except TimeoutError:
                    pass
                except OSError:
                    open_ones.remove(sock)
                    self.spent.append(time.monotonic() - start)

    def ended(self):
        self.join(25)
        for sock in self.socks:
            sock.close()
        equal(len(self.spent), 20)
        equal(all(9 < s < 14 for s in self.spent), True)


def disappear(echo):
    """A reset in every phase, also with a large answer under way."""
    big = frame(2, os.urandom(300000))
    whole = request(echo) + big * 3
    for cut in (0, 10, 100, len(whole) - 5, len(whole)):
        for _ in range(10):
            sock = connect(echo)
            sock.sendall(whole[:cut])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
    still_serves(echo)


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def deaf(echo):
    """A client that sends without reading is made to wait; nothing is lost and little is held."""
    message = frame(2, bytes(range(256)) * 256)  # 64 KiB
    count = 800  # 50 MiB
    before = resident_kb(echo.child.pid)
    with connect(echo) as sock:
        sock.sendall(request(echo))
        read_until(sock, b"\r\n\r\n")
        sender = threading.Thread(target=lambda: [sock.sendall(message) for _ in range(count)])
        sender.start()
        time.sleep(1)
        equal(sender.is_alive(), True)
        held = resident_kb(echo.child.pid) - before
        missing = count * (10 + 65536)
        while missing > 0:
            got = len(sock.recv(1 << 20))
            equal(got > 0, True)
            missing -= got
        sender.join(10)
        equal(missing, 0)
    if held > 24 << 10:  # it takes 1 to 2 MiB; sanitizers add theirs
        raise AssertionError(f"the server held {held} kB more")
    still_serves(echo)


def read_frame(file):
    """A server's frame: (opcode, payload)."""
    head = file.read(2)
    form = {126: ">H", 127: ">Q"}.get(head[1])
    length = struct.unpack(form, file.read(struct.calcsize(form)))[0] if form else head[1]
    return head[0] & 15, file.read(length)


def deaf_member(chat):
    """Messages pass by a member that does not read; later it is told how many it missed."""
    message, count = b"m" * 60000, 400  # 24 MB: more than the sockets of a connection hold
    with connect(chat) as deaf_one, connect(chat) as speaker:
        for sock in (deaf_one, speaker):
            sock.sendall(request(chat, "/chat"))
            read_until(sock, b"\r\n\r\n")
        heard = speaker.makefile("rb")
        for _ in range(count):
            speaker.sendall(frame(1, message))
            equal(read_frame(heard), (1, message))
        late, got = deaf_one.makefile("rb"), 0
        while (said := read_frame(late)) == (1, message):
            got += 1
        equal(said, (1, b"(messages missed: %d)" % (count - got)))
        equal(0 < got < count, True)


def main():
    echo, chat = server("echo_server"), server("chat_server")
    loris = Loris(echo)
    check("raw: the chat server's pages and refusals", http_of_chat, chat)
    check("raw: the echo server's refusals", http_of_echo, echo)
    check("raw: a client that half-closes gets its answer", half_close, echo)
    check("raw: garbage before and after the handshake", garbage, echo)
    check("raw: a byte at a time", drip, echo)
    check("raw: clients that disappear", disappear, echo)
    check("raw: 50 MiB from a client that does not read", deaf, echo)
    check("raw: a chat member that does not read", deaf_member, chat)
    check("raw: unfinished handshakes end after 10 s", loris.ended)
    check("raw: the servers are well", lambda: equal((echo.stop(), chat.stop()), (0, 0)))
    finish()


main()
