"""Asks a predictor about a whole set in parts that survive a crash, and gathers the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import pyarrow as pa
from upath import UPath

from detector.evaluation.answers_table import KEPT, PLAIN, Condition
from detector.evaluation.asking import ask
from detector.evaluation.contract import Predictor
from detector.evaluation.pictures import TestPictures
from detector.perturbations.grid import grid
from schemas.errors import DatasetError
from schemas.identity import digest
from storage.parts import Counts, Part, drop_stale_parts

PICTURES_IN_PART = 256
_VERSION = 1
_AS_IT_IS = "plain"
_TABLE = "answers"

Made = Callable[[], Predictor]


class Contender:
    """Who is measured. `name` as in tables; `digest`: two with the same would answer the same.

    Made when first asked, so that answers that are all there need no network to be loaded.
    """

    def __init__(self, name: str, digest: str, make: Made, baseline: bool = False) -> None:
        self.name = name
        self.digest = digest
        self.baseline = baseline
        self._make = make

    @cached_property
    def predictor(self) -> Predictor:
        """What answers."""
        return self._make()


@dataclass(frozen=True, slots=True)
class _Work:
    """What remains to be done of one part: its number, its places, its keys by stage."""

    index: int
    places: range
    stages: dict[str, str]


def conditions_of(names: Sequence[str] | None) -> dict[str, tuple[Condition, ...]]:
    """The conditions by the name of their stage: as pictures are, then each perturbation's levels.

    None stands for all perturbations. Raises `DatasetError` for an unknown name.
    """
    found: dict[str, tuple[Condition, ...]] = {_AS_IT_IS: (PLAIN,)}
    every = tuple(dict.fromkeys(name for name, _ in grid()))
    for name in every if names is None else dict.fromkeys(names):
        if name not in every:
            raise DatasetError(f"there is no perturbation {name!r}; known are {', '.join(every)}")
        found[name] = tuple(Condition(one, level) for one, level in grid((name,)))
    return found


def pending(
    contender: Contender,
    pictures: TestPictures,
    stages: dict[str, tuple[Condition, ...]],
    folder: UPath,
) -> int:
    """How many answers are still to be given; 0 where `run` has only to gather them."""
    return sum(
        len(one.places) * _count(stages, one.stages)
        for one in _undone(contender, pictures, stages, folder)
    )


def run(
    contender: Contender,
    pictures: TestPictures,
    stages: dict[str, tuple[Condition, ...]],
    folder: UPath,
    answered: Callable[[], None] = lambda: None,
) -> pa.Table:
    """Every answer (a row of `KEPT` for each picture and condition), by stage, in the set's order.

    Answers are written to `folder` by parts of `PICTURES_IN_PART` pictures and stage; those that
    are there of the same detector, pictures and levels are not asked again. `answered` is called
    after each that is given.
    """
    parts, keys = -(-len(pictures) // PICTURES_IN_PART), pictures.keys
    todo = list(_undone(contender, pictures, stages, folder))
    stream = pictures.at([place for one in todo for place in one.places])
    for one in todo:
        began = time.monotonic()
        wanted = [condition for stage in one.stages for condition in stages[stage]]
        here = islice(stream, len(one.places))
        rows = list(ask(contender.predictor, here, wanted, answered))
        place = {keys[number]: number for number in one.places}
        for stage, key in one.stages.items():
            own = [row for row in rows if (row["perturbation"] or _AS_IT_IS) == stage]
            own.sort(key=lambda row: (row["level"] or 0.0, place[row["sample_id"]]))
            table = pa.Table.from_pylist(own, KEPT)
            counts = Counts(len(own), len(own))
            Part(folder, stage, one.index).write(key, {_TABLE: table}, counts, began)
    tables = []
    for stage in stages:
        drop_stale_parts(folder, stage, parts)
        tables += [Part(folder, stage, index).read(_TABLE) for index in range(parts)]
    return pa.concat_tables(tables)


def _undone(
    contender: Contender,
    pictures: TestPictures,
    stages: dict[str, tuple[Condition, ...]],
    folder: UPath,
) -> Iterator[_Work]:
    keys = pictures.keys
    for index, first in enumerate(range(0, len(pictures), PICTURES_IN_PART)):
        places = range(first, min(first + PICTURES_IN_PART, len(pictures)))
        missing = {}
        for stage, conditions in stages.items():
            levels = [condition.level for condition in conditions]
            own = keys[places.start : places.stop]
            key = digest(_VERSION, contender.digest, pictures.digest, own, stage, levels)
            if Part(folder, stage, index).finished(key) is None:
                missing[stage] = key
        if missing:
            yield _Work(index, places, missing)


def _count(stages: dict[str, tuple[Condition, ...]], wanted: dict[str, str]) -> int:
    return sum(len(stages[stage]) for stage in wanted)
