"""The transfer matrix: what is learnt from one operation, tried on every other.

After DeFakerOne, whose finding is that transfer follows the operation, not the domain. Here every
row learns from the same number of pictures, so that volume does not pass for transfer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.probes.contract import Features
from detector.probes.head import fit_head
from detector.studies.material import ALL, Material
from detector.studies.mechanisms import mechanism_of
from detector.studies.resampling import ROUNDS, Draws, Estimate, accuracy_rounds, auc_rounds
from detector.studies.sampling import draw, home_weights
from schemas.errors import DatasetError
from schemas.identity import derive_seed

LEAST_TRAIN, LEAST_TEST = 10, 5
"""Forgeries of a value below which it teaches no row, or is asked in no column."""
LEAST_GROUPS = 3
"""Groups in the test split below which nothing is known about the spread between groups."""
_SHARE_OF_MEDIAN = 3
"""A value with less than this fraction of the median number would shrink every other row."""
EVERYTHING = "everything"
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Value:
    """One operation, domain or generator. Counts are of forgeries; `test_reals` are what its
    column is held against. `model`: the autoencoder, or else the model, that it came out of,
    "" for none. `teaches`, `asked`: whether it has enough for a row, for a column."""

    name: str
    domain: str
    mechanism: str
    model: str
    train: int
    train_groups: int
    test: int
    test_groups: int
    test_reals: int
    teaches: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """A row: what a probe learnt from. `without`: the value that is left out of all.

    `pictures` is how many forgeries it learnt from (and as many real pictures, where there are).
    """

    name: str
    values: tuple[str, ...]
    without: str | None
    pictures: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer matrix. `values` are the columns' candidates, `lessons` the rows.

    `size`: forgeries that every row but `EVERYTHING` learns from, None where rows take all they
    have. `threshold`: training forgeries below which a value teaches no row. `auc`, `accuracy`
    (rows, values, rounds + 1): figures as measured, then in every draw; NaN where there are none.
    """

    by: str
    features: str
    seeds: int
    size: int | None
    threshold: int
    values: tuple[Value, ...]
    lessons: tuple[Lesson, ...]
    auc: _Floats
    accuracy: _Floats

    def row(self, name: str) -> int:
        """The number of a row."""
        return [lesson.name for lesson in self.lessons].index(name)

    def cell(self, row: int, column: int) -> Estimate | None:
        """The AUC of a cell, 0 to 1 its interval if groups are too few; None if not measured."""
        found = Estimate.of(self.auc[row, column])
        if found is not None and self.values[column].test_groups < LEAST_GROUPS:
            return Estimate(found.value, 0.0, 1.0)
        return found

    def teachers(self) -> list[int]:
        """The places, in `values`, of those that teach a row."""
        return [place for place, value in enumerate(self.values) if value.teaches]

    def asked(self) -> list[int]:
        """The places, in `values`, of those that are asked in a column."""
        return [place for place, value in enumerate(self.values) if value.asked]

    def sure(self) -> list[int]:
        """Of those asked, the ones from enough groups for conclusions."""
        return [place for place in self.asked() if self.values[place].test_groups >= LEAST_GROUPS]


def all_but(value: str) -> str:
    """The name of the row that learns from all values but this one."""
    return f"all but {value}"


def transfer_matrix(
    train: Material,
    test: Material,
    by: str,
    features: str,
    *,
    seeds: int = 3,
    seed: int = 0,
    equal: bool = True,
    rounds: int = ROUNDS,
    start: Callable[[int], None] = lambda fits: None,
    advance: Callable[[int], None] = lambda fits: None,
) -> Transfer:
    """Learn from each value of `train`, from all, and from all but each; try each on `test`.

    `seeds`: how often each row is learnt from another draw of pictures. With `equal`, every row
    learns from as many forgeries as the smallest teacher has; else from all it has. `start` is
    told the number of probes, `advance` of each. Raises DatasetError where no value has enough.
    """
    values, threshold = _values(train, test)
    teachers = [value for value in values if value.teaches]
    if not teachers or not any(value.asked for value in values):
        raise DatasetError(
            f"no {by} has {LEAST_TRAIN} forgeries to train on and {LEAST_TEST} to test on (most: "
            f"{max(value.train for value in values)} and {max(value.test for value in values)}); "
            "build a larger set, or study by domain"
        )
    size = min(value.train for value in teachers) if equal else None
    lessons = _lessons(values, size)
    draws = Draws.of(test.group, seeds, seed, rounds)
    columns = [_column(test, value.name) if value.asked else None for value in values]
    shape = (len(lessons), len(values), rounds + 1)
    auc, accuracy = np.full(shape, np.nan), np.full(shape, np.nan)
    start(len(lessons) * seeds)
    for row, lesson in enumerate(lessons):
        said = []
        for repeat in range(seeds):
            said.append(_learnt(train, test.features, lesson, size, (seed, repeat)))
            advance(1)
        for column, places in enumerate(columns):
            if places is not None:
                weights = draws.weights(test.group[places]) * home_weights(test, places)
                of_each = [
                    (
                        auc_rounds(test.fake[places], one[places], weights),
                        accuracy_rounds(test.fake[places], one[places], weights),
                    )
                    for one in said
                ]
                auc[row, column] = draws.mean(np.array([pair[0] for pair in of_each]))
                accuracy[row, column] = draws.mean(np.array([pair[1] for pair in of_each]))
    return Transfer(by, features, seeds, size, threshold, values, tuple(lessons), auc, accuracy)


def _values(train: Material, test: Material) -> tuple[tuple[Value, ...], int]:
    """Every value that occurs in either split, and the least that a teacher must have."""
    names = sorted({*train.values(), *test.values()})
    counts = {name: len(train.fakes(name)) for name in names}
    enough = [count for count in counts.values() if count >= LEAST_TRAIN]
    fair = -(-int(np.median(enough)) // _SHARE_OF_MEDIAN) if enough else 0
    threshold = max(LEAST_TRAIN, fair)
    found = []
    for name in names:
        learnt, tried = train.fakes(name), test.fakes(name)
        against = test.reals(test.homes(tried))
        taught = train.reals(train.homes(learnt))
        source, places = (train, learnt) if learnt.size else (test, tried)
        found.append(
            Value(
                name=name,
                domain=_usual(source.domain[places]),
                mechanism=mechanism_of(_usual(source.operation[places])),
                model=_usual(source.model[places]),
                train=len(learnt),
                train_groups=len(set(train.group[learnt].tolist())),
                test=len(tried),
                test_groups=len(set(test.group[tried].tolist())),
                test_reals=len(against),
                teaches=len(learnt) >= threshold and len(taught) >= LEAST_TRAIN,
                asked=len(tried) >= LEAST_TEST and len(against) >= LEAST_TEST,
            )
        )
    return tuple(found), threshold


def _usual(names: npt.NDArray[np.str_]) -> str:
    """The name that most pictures have."""
    known, counts = np.unique(names, return_counts=True)
    return str(known[counts.argmax()])


def _lessons(values: tuple[Value, ...], size: int | None) -> list[Lesson]:
    def pictures(names: tuple[str, ...]) -> int:
        there = sum(value.train for value in values if value.name in names)
        return there if size is None else min(size, there)

    every = tuple(value.name for value in values if value.train)
    lessons = [
        Lesson(value.name, (value.name,), None, pictures((value.name,)))
        for value in values
        if value.teaches
    ]
    if len(every) < 2:
        return lessons
    lessons.append(Lesson(ALL, every, None, pictures(every)))
    for value in values:
        rest = tuple(name for name in every if name != value.name)
        if value.asked and pictures(rest) >= LEAST_TRAIN:
            lessons.append(Lesson(all_but(value.name), rest, value.name, pictures(rest)))
    if size is not None:
        total = sum(value.train for value in values)
        lessons.append(Lesson(EVERYTHING, every, None, total))
    return lessons


def _learnt(
    train: Material,
    asked: Features,
    lesson: Lesson,
    size: int | None,
    seed: tuple[int, int],
) -> _Floats:
    """P(fake) of the pictures asked (n,), by a probe that learnt this lesson."""
    rng = np.random.default_rng(derive_seed("lesson", *seed, lesson.name))
    count = None if lesson.name == EVERYTHING else size
    places = draw(train, lesson.values, count, rng)
    head = fit_head(
        train.features[places],
        train.fake[places],
        train.group[places],
        derive_seed("folds", *seed, lesson.name),
    )
    return head.probability(asked)


def _column(test: Material, value: str) -> npt.NDArray[np.intp]:
    """The places of the forgeries with this value and of the real pictures of their homes."""
    fakes = test.fakes(value)
    return np.concatenate([fakes, test.reals(test.homes(fakes))])
