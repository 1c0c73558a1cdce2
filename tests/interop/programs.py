"""Our programs as a person or a shell uses them: options, pipes, a terminal, signals."""
import os
import pty
import signal
import socket
import subprocess
import time

from peer import (BUILD, check, connect, equal, example, finish, frame, matches, probe, read_all,
                  read_until, readable, request, server)

SERVERS = {"echo_server": ["--port N", "--host H", "--no-deflate", "--max-message BYTES"],
           "chat_server": ["--port N", "--host H", "--no-deflate"]}
CLIENTS = {"echo_client": ["--no-deflate", "--max-message BYTES", "--timeout S"], "wscat": ["--no-deflate"]}


def run(name, *args, text="", **options):
    return subprocess.run([f"{BUILD}/examples/{name}", *args], input=text, text=True, timeout=20,
                          capture_output=True, check=False, **options)


# ---- options

def help_texts():
    for name, options in {**SERVERS, **CLIENTS}.items():
        done = run(name, "--help")
        equal((name, done.returncode, done.stderr), (name, 0, ""))
        for option in options + ["--help"]:
            matches(done.stdout, option)


def wrong_options():
    for name in {**SERVERS, **CLIENTS, "minimal_client": []}:
        done = run(name, "--no-such-option")
        equal((name, done.returncode), (name, 2))
        matches(done.stderr, "usage: " + name)
    for args in (["echo_server", "--port", "65536"], ["echo_server", "--max-message", "-1"],
                 ["echo_server", "extra"], ["chat_server", "--port", "x"], ["echo_client"],
                 ["echo_client", "--timeout", "0", "ws://127.0.0.1/"], ["wscat"]):
        equal((args, run(*args).returncode), (args, 2))
    for args in (["echo_client", "http://127.0.0.1/"], ["wscat", "ws://127.0.0.1:0/"]):
        equal((args, run(*args).returncode), (args, 1))


# ---- clients

def minimal_client(echo):
    done = run("minimal_client", "127.0.0.1", str(echo.port), "grüße 🎉")
    equal((done.returncode, done.stdout, done.stderr), (0, "grüße 🎉\n", ""))


def wscat_pipes(probing):
    done = run("wscat", probing.url, text="hello\n\ngrüße 🎉\nlast line without its end")
    equal((done.returncode, done.stderr), (0, ""))
    equal(done.stdout, "hello\n\ngrüße 🎉\nlast line without its end\n")
    probing.printed("^close code=1000 sent=1000 clean=1 by_peer=1")


def wscat_much(echo):
    text = "".join(f"line {i} {'x' * (i % 3000)}\n" for i in range(5000))
    done = run("wscat", echo.url, text=text)
    equal((done.returncode, len(done.stdout), done.stdout == text), (0, len(text), True))


def read_terminal(fd, end):
    """What the terminal shows, until it shows end."""
    shown = b""
    while end not in shown and readable(fd):
        try:
            shown += os.read(fd, 65536)
        except OSError:  # Linux: the other side is gone
            break
    if end not in shown:
        raise AssertionError(f"the terminal shows {shown!r:.200}, not {end!r}")
    return shown


def in_terminal(url, use):
    """wscat in a pseudo-terminal, used by use(fd): its exit status."""
    ours, theirs = pty.openpty()
    program = example("wscat", url, stdin=theirs, stdout=theirs, stderr=theirs,
                      start_new_session=True)
    os.close(theirs)
    try:
        use(program, ours)
        return program.ended()
    finally:
        os.close(ours)


def wscat_terminal(probing):
    def use(_program, fd):
        os.write(fd, b"hello\n")
        read_terminal(fd, b"hello\r\nhello\r\n")  # typed, and its echo
        os.write(fd, b"bell\x16\x07\n")  # Ctrl-V keeps the terminal from interpreting it
        read_terminal(fd, b"bell?\r\n")
        os.write(fd, b"close 4000 no \xc2\xa0 more\n")
        read_terminal(fd, b"closed with code 4000: no")

    equal(in_terminal(probing.url, use), 0)
    probing.printed("^close code=4000 sent=4000 clean=1 by_peer=0")


def wscat_ctrl_d(probing):
    before = probing.out.count("code=1000")

    def use(_program, fd):
        os.write(fd, b"hi\n")
        read_terminal(fd, b"hi\r\nhi\r\n")
        os.write(fd, b"\x04")

    equal(in_terminal(probing.url, use), 0)
    probing.printed("(code=1000[^\0]*){%d}" % (before + 1))


def wscat_signal(probing):
    for number in (signal.SIGINT, signal.SIGTERM):
        before = probing.out.count("code=1001")

        def use(program, fd):
            os.write(fd, b"up\n")
            read_terminal(fd, b"up\r\nup\r\n")
            program.child.send_signal(number)

        equal((number, in_terminal(probing.url, use)), (number, 0))
        probing.printed("(code=1001[^\0]*){%d}" % (before + 1))


def clients_without_server():
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        port = str(gone.getsockname()[1])  # bound, not listening
        url = f"ws://127.0.0.1:{port}/"
        for name, *args in (("echo_client", url), ("wscat", url),
                            ("minimal_client", "127.0.0.1", port, "text")):
            done = run(name, *args)
            equal((name, done.returncode), (name, 1))
            matches(done.stderr, "refused")


def echo_client_gives_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        done = run("echo_client", f"ws://127.0.0.1:{silent.getsockname()[1]}/")
        spent = time.monotonic() - start
    equal(done.returncode, 1)
    matches(done.stderr, "handshake took too long")
    equal(1.5 < spent < 6, True)


def echo_client_timeout(echo):
    start = time.monotonic()
    done = run("echo_client", "--timeout", "1", echo.url)
    equal((done.returncode, done.stderr), (1, "timed out\n"))
    equal(0.9 < time.monotonic() - start < 5, True)


def echo_client_signal(probing):
    opened, closed = probing.out.count("open "), probing.out.count("code=1001")
    program = example("echo_client", probing.url)
    probing.printed("(open [^\0]*){%d}" % (opened + 1))
    time.sleep(0.3)  # until the answer is there, too
    equal(program.stop(signal.SIGINT), 0)
    probing.printed("(code=1001[^\0]*){%d}" % (closed + 1))


# ---- servers

def servers_stop():
    for name in SERVERS:
        for number in (signal.SIGINT, signal.SIGTERM):
            stopping = server(name)
            with connect(stopping) as polite, connect(stopping) as rude:
                for sock in (polite, rude):
                    sock.sendall(request(stopping))
                    read_until(sock, b"\r\n\r\n")
                start = time.monotonic()
                stopping.child.send_signal(number)
                equal(read_until(polite, b"\x03\xe9"), b"\x88\x02\x03\xe9")  # Close 1001
                polite.sendall(frame(8, b"\x03\xe9"))
                equal(read_all(polite), b"")
                equal((name, stopping.ended()), (name, 0))  # whatever the rude one does
                equal(time.monotonic() - start < 4, True)


def port_taken(echo):
    done = run("chat_server", "--port", str(echo.port))
    equal((done.returncode, done.stdout), (1, ""))
    matches(done.stderr, "in use")


def main():
    echo, probing = server("echo_server"), probe("server").listening()
    check("programs: --help names every option", help_texts)
    check("programs: wrong options end with 2", wrong_options)
    check("minimal_client: prints the echo", minimal_client, echo)
    check("wscat: lines through pipes, the end of input closes with 1000", wscat_pipes, probing)
    check("wscat: 7 MB through pipes", wscat_much, echo)
    check("wscat: in a terminal, closed by the server", wscat_terminal, probing)
    check("wscat: Ctrl-D closes with 1000", wscat_ctrl_d, probing)
    check("wscat: SIGINT and SIGTERM close with 1001", wscat_signal, probing)
    check("clients: nobody listens: exit 1 with the reason", clients_without_server)
    check("echo_client: a handshake without answer ends after 2 s", echo_client_gives_up)
    check("echo_client: --timeout", echo_client_timeout, echo)
    check("echo_client: SIGINT closes with 1001", echo_client_signal, probing)
    check("servers: SIGINT and SIGTERM close with 1001 and exit 0", servers_stop)
    check("servers: a port that is taken", port_taken, echo)
    finish()


main()
