"""What a run pays from: sends every request once, within the rate limits and the budget."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from upath import UPath

from endpoints.budget import Budget
from endpoints.call import Answer, Call, Reply, parsed
from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused, Stopped, Unserved
from endpoints.ledger import Entry, FolderLedger, Ledger, MemoryLedger, State
from endpoints.rate import RateLimiter, backoff, parse_retry_after

_TRIES = 8
_THROTTLED_TRIES = 40
_UNANSWERED = 20
_LONGEST_PAUSE = 86_400.0


@dataclass(frozen=True, slots=True)
class Spending:
    """What a ledger holds. `dollars` counts lost requests, and those under way, by estimate."""

    dollars: float
    requests: Mapping[State, int]


class Account:
    """A ledger and a budget. Threads share one; several may share a ledger's folder.

    `folder`: where the ledger is kept, also in an object store; None keeps it in memory. `budget`:
    US dollars that may be spent by all who share the ledger, None for no limit.
    """

    def __init__(self, folder: UPath | None = None, budget: float | None = None) -> None:
        self._ledger: Ledger = MemoryLedger() if folder is None else FolderLedger(folder)
        self._budget = Budget(budget, self._ledger)
        self._turns = threading.Condition()
        self._under_way: set[str] = set()

    @property
    def budget(self) -> float | None:
        """US dollars that may be spent, None for no limit."""
        return self._budget.limit

    def spending(self) -> Spending:
        """What was spent, by reading the whole ledger."""
        entries = [entry for _, entry in self._ledger.entries()]
        states = Counter(entry.state for entry in entries)
        return Spending(sum(entry.total for entry in entries), dict(sorted(states.items())))

    def request(
        self,
        call: Call,
        send: Callable[[str], Reply],
        limiter: RateLimiter,
        stop: threading.Event | None = None,
    ) -> Answer:
        """The answer to `call`: from the ledger where it was bought before, else by `send`.

        `send` gets the request's key and raises one of `endpoints.errors`. Setting `stop` ends all
        waiting. Raises `Refused`, `AnswerLost`, `Unserved` and `Stopped`, which concern this
        request; and `BudgetReached`, `EndpointError` and `StorageError`, which concern the run.
        """
        key, stop = call.key, stop or threading.Event()
        with self._turn(key):
            before = self._ledger.read(key)
            if before is not None:
                known = self._known(key, call, before)
                if known is not None:
                    return known
            began, tries = time.monotonic(), 0
            while True:
                limiter.wait(call.tokens, stop)
                try:
                    return self._send(key, call, send, limiter, before, stop)
                except NotServed as failure:
                    tries += 1
                    others = limiter.served_at > began
                    pause = _pause(call, failure, tries, others, limiter)
                    if stop.wait(min(pause, _LONGEST_PAUSE)):
                        raise Stopped from failure
                except (AnswerLost, Refused) as end:
                    _doubt(call, end, limiter)
                    raise

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        """Lets equal requests of this process come one behind the other."""
        with self._turns:
            self._turns.wait_for(lambda: key not in self._under_way)
            self._under_way.add(key)
        try:
            yield
        finally:
            with self._turns:
                self._under_way.discard(key)
                self._turns.notify_all()

    def _known(self, key: str, call: Call, entry: Entry) -> Answer | None:
        """What the ledger has for a request; None where it is to be sent all the same."""
        if entry.state is State.REFUSED:
            raise Refused(entry.reason, entry.detail)
        body = self._ledger.answer(key)
        if body is not None:
            if entry.state is State.ANSWERED:
                return Answer(key, parsed(body), entry.dollars, entry.request_id)
            # Killed between writing the answer and saying that it is there.
            return self._keep(key, call, entry, body)
        if call.resend_lost:
            return None
        if entry.state is not State.LOST:
            detail = entry.detail or "the process that sent it ended before the answer came"
            entry = replace(entry, state=State.LOST, detail=detail)
            self._ledger.write(key, entry)
        raise AnswerLost(
            f"{entry.detail}; it may have been paid for, so it is not sent again unless the option "
            "resend_lost says so"
        )

    def _send(
        self,
        key: str,
        call: Call,
        send: Callable[[str], Reply],
        limiter: RateLimiter,
        before: Entry | None,
        stop: threading.Event,
    ) -> Answer:
        """Send a request once, the ledger and the budget knowing of it before it leaves."""
        entry = Entry(
            State.SENT,
            call.url,
            call.model,
            call.draw,
            call.payload,
            dollars=call.estimate,
            written_off=0.0 if before is None else before.total,
        )
        self._budget.reserve(key, call.estimate, stop)
        cost = entry.total
        try:
            if before is not None:
                self._ledger.write(key, entry)
            elif not self._ledger.claim(key, entry):
                cost = 0.0
                raise AnswerLost("another process is sending the same request at this moment")
            try:
                reply = send(key)
            except (NotServed, EndpointError):
                # Nothing was paid: it is as if it had not been sent.
                self._restore(key, before)
                cost = entry.written_off
                raise
            except Refused as refusal:
                entry = replace(entry, state=State.REFUSED, dollars=0.0)
                entry = replace(entry, reason=refusal.reason, detail=refusal.detail)
                self._ledger.write(key, entry)
                cost = entry.total
                raise
            except AnswerLost as loss:
                self._ledger.write(key, replace(entry, state=State.LOST, detail=loss.detail))
                raise
            limiter.served(reply.headers)
            entry = replace(entry, request_id=reply.headers.get("x-request-id"))
            answer = self._keep(key, call, entry, reply.body)
            cost = answer.dollars + entry.written_off
            return answer
        finally:
            self._budget.settle(key, cost)

    def _keep(self, key: str, call: Call, entry: Entry, body: bytes) -> Answer:
        data = parsed(body)
        cost = call.cost(data)
        spent = call.estimate if cost is None else cost
        entry = replace(entry, state=State.ANSWERED, dollars=spent, detail="")
        self._ledger.write(key, entry, body)
        return Answer(key, data, spent, entry.request_id)

    def _restore(self, key: str, before: Entry | None) -> None:
        if before is None:
            self._ledger.forget(key)
        else:
            self._ledger.write(key, before)


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
