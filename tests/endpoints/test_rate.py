"""Rate limits: what headers say, and that the pace follows them."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.rate import RateLimiter, backoff, parse_duration, parse_retry_after


class Clock:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def passed(limiter: RateLimiter, clock: Clock, tokens: float = 0) -> None:
    """Wait, by the clock, until a request is let through."""
    while delay := limiter.take(tokens):
        clock.now += delay


def told(limit: float, remaining: float, reset: str, what: str = "requests") -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{what}": f"{limit:g}",
        f"x-ratelimit-remaining-{what}": f"{remaining:g}",
        f"x-ratelimit-reset-{what}": reset,
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("59", 59), ("1d", 86400), ("0s", 0)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5x", "1s later", "inf", "nan", "-3"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_durations_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


def test_retry_after_in_seconds_milliseconds_and_as_a_date() -> None:
    assert parse_retry_after({"retry-after": "7200"}) == 7200
    assert parse_retry_after({"retry-after": "9", "retry-after-ms": "250"}) == 0.25
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    assert parse_retry_after({"retry-after": in_a_minute}) == pytest.approx(60, abs=3)
    assert parse_retry_after({"retry-after": formatdate(0, usegmt=True)}) == 0
    assert parse_retry_after({"retry-after": "when I say so"}) is None
    assert parse_retry_after({"retry-after": "1e999"}) is None
    assert parse_retry_after({}) is None


def test_back_off_grows_with_full_jitter_up_to_a_minute() -> None:
    assert all(0 <= backoff(0) <= 0.5 for _ in range(50))
    late = [backoff(30) for _ in range(200)]
    assert max(late) <= 60
    assert min(late) < 20 < max(late)


def test_the_pace_follows_the_limit() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.served(told(600, 599, "100ms"))
    sent = 0
    while clock.now < 60:
        passed(limiter, clock)
        sent += 1
    # 98 % of 600, and a second's worth that was there at the start.
    assert 588 <= sent <= 600


def test_without_limits_nobody_waits() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.served({})
    for _ in range(1000):
        passed(limiter, clock, 1e6)
    assert clock.now == 0


def test_a_rate_to_start_with() -> None:
    clock = Clock()
    limiter = RateLimiter(60, clock=clock)
    for _ in range(11):
        passed(limiter, clock)
    assert clock.now == pytest.approx(10 / 0.98, rel=0.01)


def test_tokens_count_too() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.served(told(60_000, 59_000, "1s", "tokens"))
    for _ in range(11):
        passed(limiter, clock, 5_000)
    # 980 tokens a second: a request of 5,000 waits for what those before it have used up.
    assert clock.now == pytest.approx(10 * 5_000 / 980, rel=0.1)


def test_others_who_use_up_the_limit_slow_it_down() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.served(told(60, 0, "60s"))
    passed(limiter, clock)
    assert clock.now >= 1


def test_a_daily_limit_is_not_taken_for_one_a_minute() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.served(told(1000, 500, "12h"))
    for _ in range(3):
        passed(limiter, clock)
    assert clock.now == pytest.approx(2 * 86.4 / 0.98, rel=0.02)


def test_all_wait_as_long_as_the_server_says() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    limiter.throttled({}, 7200.0)
    passed(limiter, clock)
    assert 7200 <= clock.now <= 7201.1


def test_what_was_sent_before_the_limit_was_known_counts() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    clock.now = 100.0
    for _ in range(20):
        assert limiter.take(0) == 0
    limiter.served(told(1_800, 1_780, "600ms"))
    sent = 0
    while limiter.take(0) == 0:
        sent += 1
    # A second's worth of 30, but for the 20 that went before.
    assert sent == 9


def test_few_go_ahead_before_anybody_knows_the_limits() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    let_through = sum(limiter.take(0) == 0 for _ in range(100))
    assert let_through == 32
    limiter.ended()
    assert limiter.take(0) == 0
    assert limiter.take(0) > 0
    limiter.served({})
    assert all(limiter.take(0) == 0 for _ in range(100))
