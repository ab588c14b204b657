"""What a check of the conformance kit found: passed or not, in words that say what to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. `detail` says what was seen, or what is wrong and what to do."""

    check: str
    passed: bool
    detail: str


def judge(check: str, problems: Iterable[str], passed: str) -> Finding:
    """A finding that has passed, with the detail `passed`, where there are no problems.

    Equal problems count once, and the first few of many are shown.
    """
    found = list(dict.fromkeys(problems))
    if not found:
        return Finding(check, True, passed)
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Finding(check, False, "; ".join(found[:_SHOWN]) + more)
