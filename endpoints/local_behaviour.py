"""How the local server behaves: what it refuses, breaks, delays and limits, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.identity import unit_interval


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Shares are of requests, 0..1, and follow from `seed` and what is asked, never from order.

    For good, that is at every try of the request: `refusals` (400, moderation_blocked), `broken`
    (charged; the connection ends in the middle of the answer), `garbled` (charged; 200 with a body
    that is no JSON). At the first try alone: `rate_limits` (429 with Retry-After), `unavailable`
    (503). `latency`: seconds before an answer.

    Pictures: `longest` bounds the sides of what is sent back, 0 for the size that was asked for;
    `ignore_masks`: the share of edits made elsewhere than the mask says; `shift`: by up to how many
    pixels of the source's size an edit moves; `marks`: whether pictures carry provenance metadata.

    `requests_per_minute`: a limit that is really kept, with its headers; 0 for none. `key`: what
    clients must know, empty for nothing.
    """

    seed: int = 0
    refusals: float = 0.0
    broken: float = 0.0
    garbled: float = 0.0
    rate_limits: float = 0.0
    unavailable: float = 0.0
    retry_after: str = "0.05"
    latency: float = 0.0
    longest: int = 0
    ignore_masks: float = 0.0
    shift: int = 0
    marks: bool = True
    requests_per_minute: float = 0.0
    key: str = ""

    def for_good(self, identity: str) -> str | None:
        """What always happens to a request: "refusals", "broken", "garbled" or None."""
        drawn = unit_interval("fate", self.seed, identity)
        for name in ("refusals", "broken", "garbled"):
            share: float = getattr(self, name)
            if drawn < share:
                return name
            drawn -= share
        return None

    def at_first(self, identity: str) -> str | None:
        """What happens to the first try of a request: "rate_limits", "unavailable" or None."""
        drawn = unit_interval("first", self.seed, identity)
        if drawn < self.rate_limits:
            return "rate_limits"
        return "unavailable" if drawn < self.rate_limits + self.unavailable else None
