"""Hostile servers: whatever comes over the wire is an outcome, or an error that says so."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from endpoints import purchase
from endpoints.account import Account
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer
from endpoints.errors import EndpointError, RequestFailed
from tests.endpoints.questions import dialogues, model

GOOD = b'{"choices": [{"message": {"content": "yes"}}], "model": "m"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
REPLIES = [
    HEAD % (len(GOOD), GOOD),
    HEAD % (len(GOOD) + 50, GOOD),
    HEAD % (5, GOOD),
    HEAD % (2, b"{}"),
    HEAD % (4, b"null"),
    HEAD % (0, b""),
    HEAD % (3, b"\xff\xfe\x00"),
    HEAD % (60_000, b"[" * 60_000),
    b"HTTP/1.1 200 OK\r\n\r\n" + GOOD,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD,
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: none\r\n\r\n",
    b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 Oops\r\nContent-Length: 13\r\n\r\n<html></html>",
    b'HTTP/1.1 400 No\r\nContent-Length: 14\r\n\r\n{"error": [1]}',
    b'HTTP/1.1 400 No\r\nContent-Length: 27\r\n\r\n{"error": {"code": [null]}}',
    b"HTTP/1.1 302 Away\r\nLocation: /v1/chat/completions\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nx-ratelimit-limit-requests: NaN\r\nRetry-After: never\r\n"
    b"x-ratelimit-reset-requests: -1s\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD),
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"",
    b"\r\n\r\n\r\n",
    b"HTTP/1.1 200",
    b"HTTP/1.1 200 OK\r\nA: " + b"a" * 20_000 + b"\r\n\r\n",
]


@dataclass(frozen=True)
class Address:
    """Where a server is."""

    base_url: str


@contextmanager
def server(seed: int) -> Iterator[Address]:
    """Answers every connection with one of `REPLIES`, or a spoilt one, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    choices = random.Random(seed)

    def answer(connection: socket.socket, reply: bytes) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65_536)
            connection.sendall(reply)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                reply = bytearray(choices.choice(REPLIES))
                if reply and choices.random() < 0.5:
                    reply[choices.randrange(len(reply))] = choices.randrange(256)
                connection.settimeout(5)
                threading.Thread(target=answer, args=(connection, bytes(reply))).start()

    thread = threading.Thread(target=serve)
    thread.start()
    yield Address(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_over_the_wire(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchase, "backoff", lambda attempt: 0.0)
    # So many failures in a row would stop a run; here they are the point.
    monkeypatch.setattr(purchase, "_UNANSWERED", 10_000)
    account = Account()
    with server(seed) as address:
        begun = 0
        while begun < 150:
            asking = model(address, timeout=5.0)
            results = converse(account, asking, (d for d in dialogues(150)), 16)
            with suppress(EndpointError):
                for number, outcome in results:
                    assert isinstance(outcome, ChatAnswer | RequestFailed), number
                    begun = number + 1
                break
            # An error that concerns all leaves this question unpaid, to be asked anew.
    assert account.spending().requests
