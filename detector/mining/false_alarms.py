"""Says where false alarms come from: no forgery mends them, only more real pictures of the sort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from detector.mining.budget import SURE
from detector.mining.cases import Case
from detector.mining.rates import Rate, Tally, alone, design_effect, shrunk

_FEWEST = 3
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Alarms:
    """The rate of real pictures called fake, and the sorts of them that are so more than others."""

    rate: Rate
    sorts: tuple[Sort, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """Real pictures that share something (`by`: domain, codec or source), and their rate."""

    by: str
    name: str
    rate: Rate


_FIELDS: dict[str, Callable[[Case], str]] = {
    "domain": lambda case: case.domain,
    "codec": lambda case: case.codec,
    "source": lambda case: case.attribution,
}


def false_alarms(cases: Sequence[Case]) -> Alarms | None:
    """The false alarms among unperturbed real pictures; None where there are none of these.

    A sort is named where it is 90% probable, after shrinkage towards all, that its rate lies above
    that of all others, and it has three false alarms at least. An unreadable answer is one.
    """
    reals = [case for case in cases if case.kind is None and not case.perturbation]
    if not reals:
        return None
    effect = design_effect([[(case.group, case.missed) for case in reals]])
    whole = _tally(reals, effect)
    rate = alone(whole)
    found: dict[frozenset[str], Sort] = {}
    for by, value in _FIELDS.items():
        for sort in _sorts(by, value, reals, rate, effect):
            tally = sort.rate.tally
            alarming = sort.rate.surely_above(_others(tally, whole)) >= SURE
            if tally.failures >= _FEWEST and alarming:
                # The same pictures under another name say nothing new.
                wrong = (case for case in reals if case.missed and value(case) == sort.name)
                found.setdefault(frozenset(case.sample_id for case in wrong), sort)
    return Alarms(rate, tuple(found.values()))


def told_alarms(alarms: Alarms | None) -> Iterator[str]:
    """Remarks for a job list, which can ask for no real picture."""
    if alarms is None or not alarms.rate.tally.failures:
        return
    yield (
        f"{_counted(alarms.rate)} real pictures are called fake; no forgery mends that, "
        "and a job list can ask for no real ones"
    )
    for sort in alarms.sorts:
        name = sort.name if len(sort.name) <= _LONGEST else sort.name[:_LONGEST].rstrip() + "…"
        advice = {
            "domain": f"add sources of the domain {name} to the recipe",
            "codec": f"add sources that come as {name}, or let codec.qualities reach there",
            "source": f"add sources like {name or 'those without an attribution'}",
        }[sort.by]
        low, high = sort.rate.interval
        yield (
            f"false alarms come from {sort.by} {name or 'unknown'}: {_counted(sort.rate)}, 95% "
            f"interval of the shrunk rate {low:.0%} to {high:.0%}; {advice}"
        )


def _sorts(
    by: str, value: Callable[[Case], str], reals: Sequence[Case], rate: Rate, effect: float
) -> list[Sort]:
    members: defaultdict[str, list[Case]] = defaultdict(list)
    for case in reals:
        members[value(case)].append(case)
    if len(members) < 2:
        return []
    names = sorted(members)
    rates = shrunk([_tally(members[name], effect) for name in names], [rate.mean] * len(names))
    return [Sort(by, name, own) for name, own in zip(names, rates, strict=True)]


def _others(own: Tally, whole: Tally) -> float:
    return (whole.failures - own.failures) / (whole.cases - own.cases)


def _tally(cases: Sequence[Case], effect: float) -> Tally:
    return Tally(len(cases), sum(case.missed for case in cases), len(cases) / effect)


def _counted(rate: Rate) -> str:
    tally = rate.tally
    return f"{tally.failures:,} of {tally.cases:,} ({tally.share:.0%})"
