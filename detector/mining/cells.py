"""Sorts fakes into cells of generator, operation, domain, size and codec, with failure rates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from detector.mining.cases import Case, Kind, failed, finds_places
from detector.mining.rates import Rate, Tally, alone, design_effect, pooled, shrunk

Place: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Fakes of one kind, size and codec, how many of them the detector missed, and the rate.

    `missed` counts wrong verdicts, `unreadable` those of them that were no verdict, `astray` those
    that were found in the wrong place.
    """

    kind: Kind
    size: str
    codec: str
    rate: Rate
    cases: tuple[Case, ...]
    missed: int
    unreadable: int
    astray: int


@dataclass(frozen=True, slots=True)
class Failures:
    """All cells, by name, and the rate of all fakes.

    `rates`: by kind, by kind and size, and by cell. `design_effect`: how many pictures are worth
    one independent one. `places`: whether a mask in the wrong place counts as a failure.
    """

    cells: tuple[Cell, ...]
    rate: Rate
    design_effect: float
    places: bool
    rates: Mapping[Place, Rate]

    def rate_of(self, cells: Sequence[Cell]) -> Rate:
        """The rate of cells of one kind together: that of the kind, or of the size, if all of it.

        Otherwise that of their mixture.
        """
        places = [place_of(cell) for cell in cells]
        shared = next(n for n in (5, 4, 3) if len({place[:n] for place in places}) == 1)
        rate = self.rates[places[0][:shared]]
        if rate.tally.cases == sum(cell.rate.tally.cases for cell in cells):
            return rate
        return pooled([cell.rate for cell in cells])


def count_failures(cases: Sequence[Case]) -> Failures:
    """The failures among unperturbed fakes, of which there must be one at least.

    Rates are drawn from the top down: kinds towards all fakes, a kind's sizes towards the kind,
    and the codecs of a size towards that size. What has no siblings is its parent.
    """
    fakes = [case for case in cases if case.kind is not None and not case.perturbation]
    places = finds_places(fakes)
    kinds: defaultdict[Kind | None, list[tuple[str, bool]]] = defaultdict(list)
    for case in fakes:
        kinds[case.kind].append((case.group, failed(case, places)))
    effect = design_effect(kinds.values())

    def tally(members: Sequence[Case]) -> Tally:
        wrong = sum(failed(case, places) for case in members)
        return Tally(len(members), wrong, len(members) / effect)

    whole = alone(tally(fakes))
    rates: dict[Place, Rate] = {(): whole}
    leaves: dict[Place, list[Case]] = {}
    for depth in (3, 4, 5):
        leaves = _sorted(fakes, depth)
        parents = {place: place[: depth - 1 if depth > 3 else 0] for place in leaves}
        siblings = Counter(parents.values())
        several = [place for place in leaves if siblings[parents[place]] > 1]
        drawn = shrunk(
            [tally(leaves[place]) for place in several],
            [rates[parents[place]].mean for place in several],
        )
        own = dict(zip(several, drawn, strict=True))
        rates |= {place: own.get(place, rates[parents[place]]) for place in leaves}
    cells = tuple(_cell(place, leaves[place], rates[place], places) for place in sorted(leaves))
    return Failures(cells, whole, effect, places, rates)


def place_of(cell: Cell) -> Place:
    """What a cell is told by: generator, operation, domain, size and codec."""
    return (cell.kind.generator, cell.kind.operation, cell.kind.domain, cell.size, cell.codec)


def _sorted(fakes: Sequence[Case], depth: int) -> dict[Place, list[Case]]:
    found: defaultdict[Place, list[Case]] = defaultdict(list)
    for case in fakes:
        kind = case.kind or Kind("", "", "")
        place = (kind.generator, kind.operation, kind.domain, case.size, case.codec)
        found[place[:depth]].append(case)
    return dict(sorted(found.items()))


def _cell(place: Place, cases: Sequence[Case], rate: Rate, places: bool) -> Cell:
    missed = sum(case.missed for case in cases)
    return Cell(
        Kind(*place[:3]),
        place[3],
        place[4],
        rate,
        tuple(cases),
        missed,
        sum(case.unreadable for case in cases),
        sum(failed(case, places) for case in cases) - missed,
    )
