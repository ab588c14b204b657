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

    A problem says what was seen, and behind a semicolon what to do. What is mended in the same way
    is told together, and the first few of many are shown; one line for each thing to do.
    """
    seen: dict[str, list[str]] = {}
    for problem in dict.fromkeys(problems):
        what, _, advice = problem.partition("; ")
        seen.setdefault(advice, []).append(what)
    if not seen:
        return Finding(check, True, passed)
    lines = []
    for advice, found in list(seen.items())[:_SHOWN]:
        more = [f"{len(found) - _SHOWN} more like it"] if len(found) > _SHOWN else []
        lines.append("; ".join([*found[:_SHOWN], *more, *filter(None, [advice])]))
    if len(seen) > _SHOWN:
        lines.append(f"and {len(seen) - _SHOWN} other things")
    return Finding(check, False, "\n".join(lines))
