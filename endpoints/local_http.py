"""The local server's HTTP side: takes requests from a thousand connections and answers them."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from endpoints.call import parsed
from endpoints.local_batches import Batches, NoSuchThing
from endpoints.local_behaviour import Behaviour
from endpoints.local_chat import Canned, Talker, completion
from endpoints.local_protocol import BadRequest, identity_of, image_answer, read_form
from endpoints.local_till import Till
from schemas.identity import digest, hash_bytes

COUNTS = "/local/counts"
"""Where the server tells what it has counted."""
_CHAT = "/v1/chat/completions"
_LARGEST = 1 << 30
_BACKLOG = 2_048
_REJECTED = "Your request was rejected by the safety system."
_PATIENCE = 0.01
"""Seconds that requests under way are given when the server ends."""


class LocalHttp:
    """What answers requests, with a `behaviour`, from what a `talker` thinks of."""

    def __init__(
        self, behaviour: Behaviour, till: Till, talker: Talker, answers: deque[Canned]
    ) -> None:
        self._behaviour, self._till = behaviour, till
        self._talker, self._answers = talker, answers
        self._batches = Batches(behaviour, self._worked, till.attempt)
        self._ended: asyncio.Event

    async def serve(self, listening: Any, ended: asyncio.Event) -> None:
        """Serve on a socket that listens, until `ended` is set."""
        self._ended = ended
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post("/v1/images/generations", self._image)
        app.router.add_post("/v1/images/edits", self._image)
        app.router.add_post(_CHAT, self._chat)
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{name}/content", self._content)
        app.router.add_delete("/v1/files/{name}", self._delete)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{name}", self._retrieve)
        app.router.add_get(COUNTS, self._counts)
        app.router.add_route("*", "/{path:.*}", self._nowhere)
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_PATIENCE
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listening, backlog=_BACKLOG).start()
            await ended.wait()
        finally:
            await runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        allowed, limits = self._till.limit()
        if (denied := self._denied(request, allowed, limits)) is not None:
            return denied
        asked = parsed(body)
        if not isinstance(asked, dict) or not asked.get("messages"):
            return self._fail(400, "invalid_value", "messages: must not be empty", limits)
        key = request.headers.get("Idempotency-Key", "") or hash_bytes(body)
        identity, fate = digest("local", request.path, key), None
        if self._answers:
            said = self._answers.popleft()
            fate = "stalls" if said.stalls else None
            if said.status != 200:
                return self._fail(said.status, "canned", said.text, limits)
        else:
            if (failed := self._failed(identity, limits)) is not None:
                return failed
            fate = self._behaviour.for_good(identity)
            think = self._talker.answer
            said = (
                await asyncio.to_thread(think, asked, identity, fate)
                if self._talker.may_wait
                else think(asked, identity, fate)
            )
        told = json.dumps(completion(asked, identity, said)).encode()
        return await self._deliver(request, told, identity, fate, limits)

    async def _image(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        allowed, limits = self._till.limit()
        if (denied := self._denied(request, allowed, limits)) is not None:
            return denied
        try:
            form = read_form(body, request.headers.get("Content-Type", ""))
            identity = identity_of(request.path, form, request.headers.get("Idempotency-Key", ""))
            if (failed := self._failed(identity, limits)) is not None:
                return failed
            told = await asyncio.to_thread(image_answer, form, identity, self._behaviour)
        except BadRequest as error:
            blamed = str(error).partition(":")[0]
            return self._fail(400, "invalid_value", str(error), limits, blamed)
        fate = self._behaviour.for_good(identity)
        return await self._deliver(request, told, identity, fate, limits)

    def _denied(
        self, request: web.Request, allowed: bool, limits: Mapping[str, str]
    ) -> web.Response | None:
        key = self._behaviour.key
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return self._fail(401, "invalid_api_key", "Incorrect API key provided")
        if not allowed:
            return self._fail(429, "rate_limit_exceeded", "Rate limit reached", limits)
        return None

    def _failed(self, identity: str, limits: Mapping[str, str]) -> web.Response | None:
        """How a request fails that is not worked on; None where it is."""
        behaviour = self._behaviour
        first = behaviour.at_first(identity) if self._till.attempt(identity) == 0 else None
        if first == "rate_limits":
            wait = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
            return self._fail(429, "rate_limit_exceeded", "Rate limit reached", {**limits, **wait})
        if first == "unavailable":
            return self._fail(503, "server_overloaded", "That model is overloaded", limits)
        if behaviour.for_good(identity) == "refusals":
            return self._fail(400, "moderation_blocked", _REJECTED, limits)
        return None

    async def _deliver(
        self,
        request: web.Request,
        told: bytes,
        identity: str,
        fate: str | None,
        limits: Mapping[str, str],
    ) -> web.StreamResponse:
        """Charge for an answer, and send it as `fate` has it."""
        self._till.charge(identity)
        await asyncio.sleep(self._behaviour.latency)
        if fate == "stalls":
            await self._ended.wait()
        if fate == "garbled":
            told = told[: len(told) // 2]
        headers = {"x-request-id": f"req_{identity[:24]}", **limits}
        if fate != "broken":
            return self._send(200, told, headers)
        self._till.count(200)
        cut = web.StreamResponse(headers={**headers, "Content-Length": str(len(told))})
        await cut.prepare(request)
        await cut.write(told[: len(told) // 2])
        if request.transport is not None:
            request.transport.close()
        return cut

    def _worked(self, path: str, asked: dict[str, Any], name: str) -> tuple[int, dict[str, Any]]:
        """Answer a line of a batch."""
        identity = digest("local", path, name)
        fate = self._behaviour.for_good(identity)
        if fate == "refusals":
            error = {"message": _REJECTED, "code": "moderation_blocked", "type": "invalid"}
            return 400, {"error": error}
        said = self._answers.popleft() if self._answers else None
        said = said or self._talker.answer(asked, identity, fate)
        self._till.charge(identity)
        return 200, completion(asked, identity, said)

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        if not isinstance(file, web.FileField):
            return self._fail(400, "invalid_value", "file: must be a file")
        told = self._batches.upload(file.filename, str(form["purpose"]), file.file.read())
        file.file.close()
        return self._tell(told)

    async def _content(self, request: web.Request) -> web.Response:
        try:
            return self._send(200, self._batches.content(request.match_info["name"]), {})
        except NoSuchThing as error:
            return self._fail(404, "not_found", str(error))

    async def _delete(self, request: web.Request) -> web.Response:
        try:
            return self._tell(self._batches.delete(request.match_info["name"]))
        except NoSuchThing as error:
            return self._fail(404, "not_found", str(error))

    async def _create(self, request: web.Request) -> web.Response:
        try:
            return self._tell(self._batches.create(await request.json()))
        except NoSuchThing as error:
            return self._fail(400, "invalid_value", str(error))

    async def _list(self, request: web.Request) -> web.Response:
        limit = int(request.query.get("limit", "20"))
        return self._tell(self._batches.page(request.query.get("after"), limit))

    async def _retrieve(self, request: web.Request) -> web.Response:
        try:
            return self._tell(self._batches.retrieve(request.match_info["name"]))
        except NoSuchThing as error:
            return self._fail(404, "not_found", str(error))

    async def _counts(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"charged": dict(self._till.charged), "statuses": dict(self._till.statuses)}
        )

    async def _nowhere(self, request: web.Request) -> web.Response:
        return self._fail(404, "not_found", f"no such path: {request.path}")

    def _tell(self, told: Mapping[str, Any]) -> web.Response:
        return self._send(200, json.dumps(told).encode(), {})

    def _fail(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        param: str | None = None,
    ) -> web.Response:
        blamed = code == "moderation_blocked"
        kind = "image_generation_user_error" if blamed else "invalid_request_error"
        error = {"message": message, "type": kind, "param": param, "code": code}
        return self._send(status, json.dumps({"error": error}).encode(), headers or {})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
        self._till.count(status)
        return web.Response(
            status=status, body=body, headers=headers, content_type="application/json"
        )
