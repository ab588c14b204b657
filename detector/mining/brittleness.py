"""Finds the perturbations under which a detector loses the fakes that it knows otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from detector.mining.cases import Case
from detector.mining.rates import Rate, Tally, alone
from schemas.job_list import CodecHint

CODECS: dict[str, Literal["JPEG", "WEBP"]] = {"jpeg": "JPEG", "webp": "WEBP"}
"""Containers by the perturbations that are codecs; their levels are qualities."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A perturbation at levels `low` to `high`: the rate of misses there, and without it."""

    perturbation: str
    low: float
    high: float
    rate: Rate
    plain: Rate

    @property
    def hint(self) -> CodecHint | None:
        """What to encode with, where it is a codec."""
        if self.perturbation not in CODECS:
            return None
        return CodecHint(
            format=CODECS[self.perturbation], quality=(round(self.low), round(self.high))
        )

    @property
    def said(self) -> str:
        """A clause with its numbers."""
        span = f"{self.low:g}" + (f" to {self.high:g}" if self.high > self.low else "")
        under, plain = self.rate.tally, self.plain.tally
        return (
            f"under {self.perturbation.replace('_', ' ')} {span} it misses {under.failures:,} of "
            f"{under.cases:,} ({under.share:.0%}), unperturbed {plain.share:.0%} of the same"
        )


def weaknesses(cases: Sequence[Case], effect: float) -> tuple[Weakness, ...]:
    """The perturbations with levels at which clearly more fakes are missed, by name.

    Clearly: the 95% intervals of the rates with and without, of the same pictures, are apart.
    `effect`: how many pictures are worth one independent one.
    """
    plain: dict[str, Case] = {}
    under: defaultdict[tuple[str, float], list[Case]] = defaultdict(list)
    for case in cases:
        if case.kind is None:
            continue
        if case.perturbation:
            under[case.perturbation, case.level or 0.0].append(case)
        else:
            plain[case.sample_id] = case
    worse: defaultdict[str, list[tuple[float, list[Case]]]] = defaultdict(list)
    for (name, level), here in sorted(under.items()):
        pairs = [case for case in here if case.sample_id in plain]
        if not pairs:
            continue
        before = _rate([plain[case.sample_id] for case in pairs], effect)
        if _rate(pairs, effect).interval[0] > before.interval[1]:
            worse[name].append((level, pairs))
    found = []
    for name, levels in worse.items():
        members = [case for _, here in levels for case in here]
        before = _rate([plain[case.sample_id] for case in members], effect * len(levels))
        after = _rate(members, effect * len(levels))
        found.append(Weakness(name, levels[0][0], levels[-1][0], after, before))
    return tuple(found)


def _rate(cases: Sequence[Case], effect: float) -> Rate:
    missed = sum(case.missed for case in cases)
    return alone(Tally(len(cases), missed, len(cases) / effect))
