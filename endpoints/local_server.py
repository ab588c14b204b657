"""A server on this machine that speaks the images and chat protocol and charges nobody.

It lets generators and raters be tried, tested and measured without a key, faults included, and
counts what it would have charged for, request by request, so that double payment shows.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from endpoints.local_behaviour import Behaviour
from endpoints.local_protocol import (
    BadRequest,
    Chat,
    chat_answer,
    identity_of,
    image_answer,
    read_form,
)

_IMAGES = ("/v1/images/generations", "/v1/images/edits")
_CHAT = "/v1/chat/completions"
_MINUTE = 60.0


class LocalServer:
    """`with LocalServer(Behaviour(refusals=0.05)) as server:` serves at `server.base_url`.

    `chat` makes the text of completions from the request's JSON; without it they fit the schema
    that is asked for, or echo the question.
    """

    def __init__(self, behaviour: Behaviour | None = None, chat: Chat | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.chat = chat
        self._lock = threading.Lock()
        self._charged: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._left, self._filled = self.behaviour.requests_per_minute, time.monotonic()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        """What clients take as their base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def charged(self) -> Counter[str]:
        """How often each request, told apart by its content and the client's key, was charged."""
        with self._lock:
            return self._charged.copy()

    @property
    def statuses(self) -> Counter[int]:
        """How many answers of each status were begun."""
        with self._lock:
            return self._statuses.copy()

    def __enter__(self) -> LocalServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def attempt(self, identity: str) -> int:
        """Count a try of a request; how many came before."""
        with self._lock:
            self._tries[identity] += 1
            return self._tries[identity] - 1

    def charge(self, identity: str) -> None:
        """Count that a request was worked on, and so is to be paid for."""
        with self._lock:
            self._charged[identity] += 1

    def count(self, status: int) -> None:
        """Count an answer."""
        with self._lock:
            self._statuses[status] += 1

    def limit(self) -> tuple[bool, dict[str, str]]:
        """Whether the kept rate limit permits a request now, and the headers that tell of it."""
        permitted = self.behaviour.requests_per_minute
        if not permitted:
            return True, {}
        with self._lock:
            now = time.monotonic()
            grown = (now - self._filled) * permitted / _MINUTE
            self._left, self._filled = min(permitted, self._left + grown), now
            allowed = self._left >= 1
            self._left -= allowed
            whole = (permitted - self._left) * _MINUTE / permitted
            return allowed, {
                "x-ratelimit-limit-requests": f"{permitted:g}",
                "x-ratelimit-remaining-requests": str(math.floor(self._left)),
                "x-ratelimit-reset-requests": f"{whole * 1_000:.0f}ms",
            }


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, owner: LocalServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in mid-request is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out as one packet each; without this the second waits for a receipt.
    disable_nagle_algorithm = True
    server: _Http

    def do_POST(self) -> None:
        """Serve one request, or fail it as the behaviour has it."""
        owner, behaviour = self.server.owner, self.server.owner.behaviour
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if behaviour.key and self.headers.get("Authorization") != f"Bearer {behaviour.key}":
            return self._fail(401, "invalid_api_key", "Incorrect API key provided")
        allowed, limits = owner.limit()
        if not allowed:
            wait = {"Retry-After": f"{_MINUTE / behaviour.requests_per_minute:.3f}"}
            return self._fail(429, "rate_limit_exceeded", "Rate limit reached", limits | wait)
        try:
            if self.path not in (*_IMAGES, _CHAT):
                return self._fail(404, "not_found", f"no such path: {self.path}")
            form = read_form(body, self.headers.get("Content-Type", ""))
            identity = identity_of(self.path, form, self.headers.get("Idempotency-Key", ""))
            first = behaviour.at_first(identity) if owner.attempt(identity) == 0 else None
            if first == "rate_limits":
                wait = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
                return self._fail(429, "rate_limit_exceeded", "Rate limit reached", limits | wait)
            if first == "unavailable":
                return self._fail(503, "server_overloaded", "That model is overloaded", limits)
            fate = behaviour.for_good(identity)
            if fate == "refusals":
                said = "Your request was rejected by the safety system."
                return self._fail(400, "moderation_blocked", said, limits)
            if self.path == _CHAT:
                answer = chat_answer(json.loads(body), identity, behaviour.seed, owner.chat)
            else:
                answer = image_answer(form, identity, behaviour)
        except BadRequest as error:
            return self._fail(400, "invalid_value", str(error), param=str(error).partition(":")[0])
        owner.charge(identity)
        time.sleep(behaviour.latency)
        if fate == "garbled":
            answer = answer[: len(answer) // 2]
        return self._send(
            200, answer, {"x-request-id": f"req_{identity[:24]}"} | limits, cut=fate == "broken"
        )

    def _fail(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        param: str | None = None,
    ) -> None:
        blamed = code == "moderation_blocked"
        kind = "image_generation_user_error" if blamed else "invalid_request_error"
        error = {"message": message, "type": kind, "param": param, "code": code}
        self._send(status, json.dumps({"error": error}).encode(), headers or {})

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], cut: bool = False
    ) -> None:
        self.server.owner.count(status)
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the server's counts tell what happened."""
