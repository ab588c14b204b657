"""A server on this machine that speaks the images and chat protocol and charges nobody.

It lets generators and raters be tried, tested and measured without a key, faults included, and
counts what it would have charged for, request by request, so that double payment shows.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import Future
from types import TracebackType

from endpoints.local_behaviour import Behaviour
from endpoints.local_chat import Canned, Chat, Lies, Talker
from endpoints.local_till import Till
from endpoints.open_files import allow_open_files
from schemas.errors import MissingExtraError

_CONNECTIONS = 4_096


class LocalServer:
    """`with LocalServer(Behaviour(refusals=0.05)) as server:` serves at `server.base_url`.

    `chat` makes the text of completions from the request's JSON; without it they fit the schema
    that is asked for, or echo the question. `answers` are given before, one to each completion that
    is asked for, in turn. `lies` makes the lies, of which the behaviour says how many; without it
    they are another of the schema's values wherever that lists some. Batches are worked on as well.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        chat: Chat | None = None,
        *,
        answers: Iterable[str | Canned] = (),
        lies: Lies | None = None,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.till = Till(self.behaviour)
        self._talker = Talker(self.behaviour.seed, chat, lies)
        self._answers = deque(Canned(each) if isinstance(each, str) else each for each in answers)
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._socket: socket.socket | None = None
        self._port = 0
        self._thread = threading.Thread(target=self._run, name="local server", daemon=True)

    @property
    def base_url(self) -> str:
        """What clients take as their base URL, once it serves."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def charged(self) -> Counter[str]:
        """How often each request, told apart by its content and the client's key, was charged."""
        return self.till.charged

    @property
    def statuses(self) -> Counter[int]:
        """How many answers of each status were begun."""
        return self.till.statuses

    def __enter__(self) -> LocalServer:
        try:
            import aiohttp  # noqa: F401 (asked for, to say so now if it is missing)
        except ImportError as error:
            raise MissingExtraError("api", "aiohttp", "The local server") from error
        allow_open_files(_CONNECTIONS)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        loop, ended = self._ready.result()
        loop.call_soon_threadsafe(ended.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        from endpoints.local_http import LocalHttp

        ended = asyncio.Event()
        http = LocalHttp(self.behaviour, self.till, self._talker, self._answers)
        # The socket listens already: who comes before the server does, waits.
        self._ready.set_result((asyncio.get_running_loop(), ended))
        await http.serve(self._socket, ended)
