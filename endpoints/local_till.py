"""What the local server counts: charges, tries, answers, and how much of its rate limit is left."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter

from endpoints.local_behaviour import Behaviour

_MINUTE = 60.0


class Till:
    """The counts of one server. Threads share it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._permitted = behaviour.requests_per_minute
        self._burst = max(1.0, min(1.0, behaviour.burst / _MINUTE) * self._permitted)
        self._lock = threading.Lock()
        self._charged: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        # What is left of a minute, which the headers tell, and of what may come at once.
        self._left, self._at_once = self._permitted, self._burst
        self._filled = time.monotonic()

    @property
    def charged(self) -> Counter[str]:
        """How often each request was charged."""
        with self._lock:
            return self._charged.copy()

    @property
    def statuses(self) -> Counter[int]:
        """How many answers of each status were begun."""
        with self._lock:
            return self._statuses.copy()

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
        if not self._permitted:
            return True, {}
        with self._lock:
            now = time.monotonic()
            grown = (now - self._filled) * self._permitted / _MINUTE
            self._left = min(self._permitted, self._left + grown)
            self._at_once = min(self._burst, self._at_once + grown)
            self._filled = now
            allowed = self._left >= 1 and self._at_once >= 1
            self._left -= allowed
            self._at_once -= allowed
            whole = (self._permitted - self._left) * _MINUTE / self._permitted
            headers = {
                "x-ratelimit-limit-requests": f"{self._permitted:g}",
                "x-ratelimit-remaining-requests": str(math.floor(self._left)),
                "x-ratelimit-reset-requests": f"{whole * 1_000:.0f}ms",
            }
            if not allowed:
                headers["Retry-After"] = f"{_MINUTE / self._permitted:.3f}"
            return allowed, headers
