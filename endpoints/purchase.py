"""How one request is bought: what is looked up, written and waited for, and in which order.

It says so step by step and leaves it to others to wait and to send, so that threads and coroutines
buy in one way (`endpoints.walking`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from endpoints.budget import Budget
from endpoints.call import Answer, Call, Reply, parsed
from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused, Unserved
from endpoints.ledger import Entry, Ledger, Record, State
from endpoints.rate import RateLimiter, backoff, parse_retry_after
from endpoints.turns import Turns

_TRIES = 8
_THROTTLED_TRIES = 40
_UNANSWERED = 20
_BUDGET_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many seconds; 0 just asks whether the run goes on. Answered by `Stopped`."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request under this key. Answered by a `Reply`, or one of `endpoints.errors`."""

    key: str


Step: TypeAlias = Pause | Send | Future[Any]
"""A future is waited for, whatever happens; its result is the answer."""
Steps: TypeAlias = Generator[Step, Any, Answer]


class Purchase:
    """One request on its way through the ledger, the budget and the rate limits."""

    def __init__(
        self, ledger: Ledger, budget: Budget, turns: Turns, call: Call, limiter: RateLimiter
    ) -> None:
        self._ledger = ledger
        self._budget = budget
        self._turns = turns
        self._call = call
        self._key = call.key
        self._limiter = limiter

    def steps(self) -> Steps:
        """Return the answer, or raise what `endpoints.account.Account.request` raises."""
        # Equal requests of this process come one behind the other: the second finds the answer.
        with self._turns.turn(self._key) as before:
            if before is not None:
                yield before
            record: Record | None = yield self._ledger.read(self._key)
            if record is not None:
                known = yield from looked_up(self._ledger, self._call, self._key, record)
                if known is not None:
                    return known
            entry = None if record is None else record.entry
            began, tries = time.monotonic(), 0
            while True:
                try:
                    return (yield from self._sent(entry))
                except NotServed as failure:
                    tries += 1
                    others = self._limiter.served_at > began
                    yield Pause(_pause(self._call, failure, tries, others, self._limiter))
                except (AnswerLost, Refused) as end:
                    _doubt(self._call, end, self._limiter)
                    raise

    def _sent(self, before: Entry | None) -> Steps:
        """Send it once, the ledger and the budget knowing of it before it leaves."""
        call, key, limiter = self._call, self._key, self._limiter
        written_off = 0.0 if before is None else before.total
        entry = first_entry(call, written_off)
        yield from self._admitted(written_off)
        cost = entry.total
        try:
            if before is not None:
                yield self._ledger.write(key, entry)
            elif not (yield self._ledger.claim(key, entry)):
                cost = 0.0
                raise AnswerLost("another process is sending the same request at this moment")
            try:
                reply: Reply = yield Send(key)
            except (NotServed, EndpointError):
                # Nothing was paid: it is as if it had not been sent.
                cost = written_off
                yield self._restored(before)
                raise
            except Refused as refusal:
                entry = refused_entry(entry, refusal)
                cost = entry.total
                yield self._ledger.write(key, entry)
                raise
            except AnswerLost as loss:
                yield self._ledger.write(key, replace(entry, state=State.LOST, detail=loss.detail))
                raise
            limiter.served(reply.headers)
            entry = replace(entry, request_id=reply.headers.get("x-request-id"))
            answer = yield from self._kept(entry, reply.body)
            cost = answer.dollars + written_off
            return answer
        finally:
            limiter.ended()
            self._budget.settle(key, cost)

    def _admitted(self, written_off: float) -> Iterator[Step]:
        """Return when the budget and the rate limits let the request through."""
        call, limiter, reserved = self._call, self._limiter, False
        # One at a time asks for leave; if all did, a thousand would wake to send one request.
        with self._turns.turn(limiter) as before:
            if before is not None:
                yield before
            try:
                yield Pause()
                while not (reserved := self._budget.reserve(self._key, call.estimate, written_off)):
                    yield Pause(_BUDGET_PAUSE)
                while delay := limiter.take(call.tokens):
                    yield Pause(delay)
                reserved = False
            finally:
                if reserved:
                    self._budget.settle(self._key, written_off)

    def _kept(self, entry: Entry, body: bytes) -> Steps:
        answer, entry = bought(self._call.cost, self._key, entry, body)
        yield self._ledger.write(self._key, entry, body)
        return answer

    def _restored(self, before: Entry | None) -> Future[None]:
        if before is None:
            return self._ledger.forget(self._key)
        return self._ledger.write(self._key, before)


def looked_up(
    ledger: Ledger, call: Call, key: str, record: Record
) -> Generator[Step, Any, Answer | None]:
    """What the ledger has for a request that was sent before; None where it is to be sent again.

    Raises `Refused` and `AnswerLost`.
    """
    entry = record.entry
    if entry.state is State.REFUSED:
        raise Refused(entry.reason, entry.detail)
    if record.answer is not None:
        if entry.state is State.ANSWERED:
            return Answer(key, parsed(record.answer), entry.dollars, entry.request_id)
        # Killed between writing the answer and saying that it is there.
        answer, entry = bought(call.cost, key, entry, record.answer)
        yield ledger.write(key, entry, record.answer)
        return answer
    if entry.state is State.SENT and entry.batch:
        raise AnswerLost("it is under way in a batch, which has its answer when it is done")
    if call.resend_lost:
        return None
    if entry.state is not State.LOST:
        detail = entry.detail or "the process that sent it ended before the answer came"
        entry = replace(entry, state=State.LOST, detail=detail)
        yield ledger.write(key, entry)
    raise AnswerLost(
        f"{entry.detail}; it may have been paid for, so it is not sent again unless the option "
        "resend_lost says so"
    )


def first_entry(call: Call, written_off: float, batch: str = "") -> Entry:
    """The entry of a request that is about to be sent."""
    return Entry(
        State.SENT,
        call.url,
        call.model,
        call.draw,
        call.payload,
        dollars=call.estimate,
        written_off=written_off,
        batch=batch,
    )


def refused_entry(entry: Entry, refusal: Refused) -> Entry:
    """The entry of a request that was refused, which is free."""
    return replace(
        entry, state=State.REFUSED, dollars=0.0, reason=refusal.reason, detail=refusal.detail
    )


def bought(
    cost: Callable[[Any], float | None], key: str, entry: Entry, body: bytes
) -> tuple[Answer, Entry]:
    """The answer that a body holds, and the entry that says so. `entry`: with the estimate."""
    data = parsed(body)
    known = cost(data)
    spent = entry.dollars if known is None else known
    entry = replace(entry, state=State.ANSWERED, dollars=spent, detail="")
    return Answer(key, data, spent, entry.request_id), entry


def _doubt(call: Call, end: AnswerLost | Refused, limiter: RateLimiter) -> None:
    """Raise `EndpointError` where so many requests in a row failed that no job can be to blame."""
    if end.reason != "refused_by_moderation" and limiter.failed() >= _UNANSWERED:
        raise EndpointError(
            f"{call.url} has answered none of the last {_UNANSWERED} requests to {call.model}; the "
            f"latest ended as {end.reason}: {end.detail}. Look into it, then build again: it goes "
            "on from here."
        ) from end


def _pause(call: Call, failure: NotServed, tries: int, others: bool, limiter: RateLimiter) -> float:
    """Seconds before the next try after `tries` failures; raises where there shall be none.

    `others`: whether the endpoint has answered other requests meanwhile.
    """
    wait = parse_retry_after(failure.headers)
    if failure.throttled:
        limiter.throttled(failure.headers, wait)
        if tries >= _THROTTLED_TRIES and not others:
            raise EndpointError(
                f"{call.url} answers {call.model} with nothing but rate limits ({failure.detail}). "
                "Look up the limits of your account, then build again: it goes on from here."
            ) from failure
        # The limiter holds everybody back for as long as the server said.
        return 0.0 if wait else backoff(tries - 1)
    if tries >= _TRIES and others:
        raise Unserved(f"{failure.detail}, {tries} times, while others were answered") from failure
    if tries >= _TRIES:
        raise EndpointError(
            f"{call.url} does not work: {failure.detail}, {tries} times. Nothing was paid for it. "
            "Build again when it does: it goes on from here."
        ) from failure
    return max(wait or 0.0, backoff(tries - 1))
