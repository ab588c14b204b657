"""How the local server behaves: what it refuses, breaks, delays and limits, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.identity import unit_interval

_FOR_GOOD = (
    "refusals",
    "broken",
    "garbled",
    "stalls",
    "declines",
    "malformed",
    "wrong_enums",
    "expressions",
    "lies",
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Shares are of requests, 0..1, and follow from `seed` and what is asked, never from order.

    For good, that is at every try of the request: `refusals` (400, moderation_blocked), `broken`
    (charged; the connection ends in the middle of the answer), `garbled` (charged; 200 with a body
    that is no JSON), `stalls` (charged; no answer ever comes). Completions alone, charged, with
    200: `declines` (a refusal in place of the text), `malformed` (the text is JSON that was cut
    off, or wrapped in talk), `wrong_enums` (it names values that its schema does not know),
    `expressions` (it is Python), `lies` (what the server's `lies` makes of the text). At the first
    try alone: `rate_limits` (429 with Retry-After), `unavailable` (503). `latency`: seconds before
    an answer.

    Pictures: `longest` bounds the sides of what is sent back, 0 for the size that was asked for;
    `ignore_masks`: the share of edits made elsewhere than the mask says; `shift`: by up to how many
    pixels of the source's size an edit moves; `marks`: whether pictures carry provenance metadata.

    `requests_per_minute`: a limit that is really kept, with its headers; 0 for none. `burst`: of
    how many seconds the requests may come at once. `key`: what clients must know, empty for
    nothing.

    Batches end after `batch_seconds`; of their requests the share `expired` is not worked on in
    time, and the share `failing` ends with the server's own error at the first try. The first
    `batches_rejected` of them fail as a whole.
    """

    seed: int = 0
    refusals: float = 0.0
    broken: float = 0.0
    garbled: float = 0.0
    stalls: float = 0.0
    declines: float = 0.0
    malformed: float = 0.0
    wrong_enums: float = 0.0
    expressions: float = 0.0
    lies: float = 0.0
    rate_limits: float = 0.0
    unavailable: float = 0.0
    retry_after: str = "0.05"
    latency: float = 0.0
    longest: int = 0
    ignore_masks: float = 0.0
    shift: int = 0
    marks: bool = True
    requests_per_minute: float = 0.0
    burst: float = 60.0
    key: str = ""
    batch_seconds: float = 0.0
    expired: float = 0.0
    failing: float = 0.0
    batches_rejected: int = 0

    def for_good(self, identity: str) -> str | None:
        """What always happens to a request: the name of a share, or None."""
        drawn = unit_interval("fate", self.seed, identity)
        for name in _FOR_GOOD:
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

    def in_batch(self, identity: str) -> str | None:
        """What happens to the first try of a request in a batch: "expired", "failing" or None."""
        drawn = unit_interval("batch", self.seed, identity)
        if drawn < self.expired:
            return "expired"
        return "failing" if drawn < self.expired + self.failing else None
