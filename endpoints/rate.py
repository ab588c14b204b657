"""Keeps within an endpoint's rate limits, as its own headers tell them."""

from __future__ import annotations

import logging
import math
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

SHARE = 0.98
"""How much of the permitted rate is used. At the full rate clocks that differ draw refusals."""
_UNTOLD = 32
"""So many requests may be under way before an answer has told what the limits are."""
_UNTOLD_PAUSE = 0.02
_MINUTE, _DAY = 60.0, 86_400.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": _MINUTE, "h": 3_600.0, "d": _DAY}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
# Jitter touches no output; a generator of its own leaves the global random state alone.
_jitter = random.SystemRandom()
_log = logging.getLogger(__name__)
_making = threading.Lock()
_limiters: dict[tuple[str, str], RateLimiter] = {}


def parse_duration(text: str) -> float | None:
    """Seconds of "6m0s", "20ms", "1h2m3.5s" or a plain number of seconds; None for anything else.

    The form of the x-ratelimit-reset headers.
    """
    text = text.strip().lower()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in pieces)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `Retry-After` (seconds or an HTTP date, RFC 9110); None where not said."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1_000
    value = headers.get("retry-after")
    seconds = _number(value)
    if value is None or seconds is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def backoff(attempt: int) -> float:
    """Seconds to wait before the next try after `attempt` (0, 1, …) failures: full jitter.

    Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    return _jitter.uniform(0.0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempt, 16)))


class _Bucket:
    """Fills at `rate` a second up to a second's worth. A rate of None: no limit is known."""

    def __init__(self, rate: float | None, now: float) -> None:
        self.rate = rate
        self.level = self.capacity
        self._filled = now

    @property
    def capacity(self) -> float:
        return max(1.0, self.rate or 0.0)

    def delay(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken. More than the capacity waits for a full bucket."""
        if self.rate is None:
            return 0.0
        self.level = min(self.capacity, self.level + (now - self._filled) * self.rate)
        self._filled = now
        missing = min(amount, self.capacity) - self.level
        # A rounding error must not make a sleeper wake a hair too early, again and again.
        return 0.0 if missing <= 1e-9 else missing / self.rate

    def follow(
        self, limit: float, remaining: float | None, reset: float | None, now: float
    ) -> None:
        """Take on the server's limit and what it says is left of it."""
        window = _MINUTE
        used = limit - (limit if remaining is None else remaining)
        if reset is not None and reset > _MINUTE and used > 0:
            # A limit a minute is whole again within one: this one is by the hour or the day.
            window = min(_DAY, reset * limit / used)
        if self.rate is None:
            # What was sent before anybody knew counts.
            taken = 1.0 - self.level
            self.rate = SHARE * limit / window
            self.level, self._filled = max(0.0, self.capacity - taken), now
        self.rate = SHARE * limit / window
        if remaining is not None:
            self.level = min(self.level, remaining)


class RateLimiter:
    """Paces the requests to one model of one endpoint. Threads share it."""

    def __init__(
        self, requests_per_minute: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        now = clock()
        rate = None if requests_per_minute is None else SHARE * requests_per_minute / _MINUTE
        self._clock = clock
        self._lock = threading.Lock()
        self._requests = _Bucket(rate, now)
        self._tokens = _Bucket(None, now)
        self._closed_until = now
        self.served_at = -1.0
        """When it last answered, by `time.monotonic`; negative before."""
        self.unanswered = 0
        """How many requests have failed for good since."""
        self._under_way = 0

    def take(self, tokens: float) -> float:
        """Seconds to wait before asking again; 0: a request of about `tokens` may be sent now.

        How one waits is the caller's affair. Whoever was let through reports back with `ended`.
        """
        with self._lock:
            now = self._clock()
            delay = max(
                self._closed_until - now,
                self._requests.delay(1.0, now),
                self._tokens.delay(tokens, now),
            )
            if delay <= 0 and self._untold and self._under_way >= _UNTOLD:
                delay = _UNTOLD_PAUSE
            if delay <= 0:
                self._requests.level -= 1.0
                self._tokens.level -= tokens
                self._under_way += 1
            # Nobody can wait for centuries, which a careless header may ask for.
            return min(delay, _DAY)

    @property
    def _untold(self) -> bool:
        return self.served_at < 0 and self._requests.rate is None

    def ended(self) -> None:
        """A request that was let through is not under way any more, however it ended."""
        with self._lock:
            self._under_way -= 1

    def served(self, headers: Mapping[str, str]) -> None:
        """An answer came with these headers (names in lower case)."""
        with self._lock:
            self.served_at = self._clock()
            self.unanswered = 0
            self._follow(headers)

    def failed(self) -> int:
        """A request failed for good; how many have since the last answer."""
        with self._lock:
            self.unanswered += 1
            return self.unanswered

    def throttled(self, headers: Mapping[str, str], wait: float | None) -> None:
        """A rate limit was hit; `wait`: seconds that the server asks all to wait."""
        with self._lock:
            self._follow(headers)
            if wait is not None:
                self._close(wait)

    def _follow(self, headers: Mapping[str, str]) -> None:
        for what, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            limit = _number(headers.get(f"x-ratelimit-limit-{what}"))
            if not limit:
                continue
            remaining = _number(headers.get(f"x-ratelimit-remaining-{what}"))
            reset = parse_duration(headers.get(f"x-ratelimit-reset-{what}", ""))
            bucket.follow(limit, remaining, reset, self._clock())
            if remaining is not None and remaining < 1 and reset:
                # `reset` is when all of the limit is there again; a share of it comes sooner.
                self._close(reset / limit)

    def _close(self, seconds: float) -> None:
        # Those who wait for the same moment must not all come at once.
        until = self._clock() + seconds + _jitter.uniform(0.0, min(1.0, 0.05 * seconds))
        if seconds > _LONGEST_PAUSE and until > self._closed_until:
            _log.warning("a rate limit is used up; the endpoint asks to wait %.0f s", seconds)
        self._closed_until = max(self._closed_until, until)


def limiter(base_url: str, model: str, requests_per_minute: float | None) -> RateLimiter:
    """The one limiter of this process for a model of an endpoint.

    `requests_per_minute`: the rate that it starts with, where this call is the first.
    """
    with _making:
        if (base_url, model) not in _limiters:
            _limiters[base_url, model] = RateLimiter(requests_per_minute)
        return _limiters[base_url, model]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < math.inf else None
