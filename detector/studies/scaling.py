"""The scaling curve: how the error falls as a probe learns from more pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.probes.head import fit_head
from detector.studies.material import ALL, Material
from detector.studies.power_law import PowerLaw, fit_power_law
from detector.studies.resampling import ROUNDS, Draws, Estimate, accuracy_rounds, auc_rounds
from detector.studies.sampling import home_weights
from detector.studies.transfer import LEAST_TEST
from schemas.errors import DatasetError
from schemas.identity import derive_seed

SMALLEST = 8
"""Forgeries of the smallest size; each next one has twice as many."""
AHEAD = (2, 10)
"""How many times the largest size the law is extrapolated to."""
_Places = npt.NDArray[np.intp]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The errors of one value. `pictures` (k,): real and fake ones learnt from, rising.

    `groups` (k,): the groups that these are from, on average over the seeds. `accuracy`, `auc`
    (rounds + 1, k): what is missing to 1, as measured and then in every draw. `law`: the power law
    of the accuracy's error, `auc_law` of the AUC's, or why there is none. `few`: why there is no
    curve at all, or "".
    """

    name: str
    fakes: int
    reals: int
    test: int
    test_reals: int
    test_groups: int
    pictures: _Floats
    groups: _Floats
    accuracy: _Floats
    auc: _Floats
    law: PowerLaw | str
    auc_law: PowerLaw | str
    few: str = ""

    def points(self, errors: _Floats) -> list[Estimate | None]:
        """The error at each size."""
        return [Estimate.of(errors[:, place]) for place in range(errors.shape[1])]


@dataclass(frozen=True, slots=True)
class Scaling:
    """The curves of a set, those of single values first."""

    by: str | None
    features: str
    seeds: int
    curves: tuple[Curve, ...]


def scaling_curves(
    train: Material,
    test: Material,
    by: str | None,
    features: str,
    *,
    seeds: int = 3,
    seed: int = 0,
    rounds: int = ROUNDS,
    start: Callable[[int], None] = lambda fits: None,
    advance: Callable[[int], None] = lambda fits: None,
) -> Scaling:
    """Learn from nested subsets of each value's pictures, and of all; measure each on `test`.

    Subsets grow by whole groups in an order that each of `seeds` draws anew, have as many real as
    fake pictures where there are so many, and double in size. `start` is told the number of probes,
    `advance` of each. Raises DatasetError where no value has enough for two sizes.
    """
    names = sorted({*train.values(), *test.values()})
    names = names if names == [ALL] else [*names, ALL]
    draws = Draws.of(test.group, seeds, seed, rounds)
    plans = {name: _sizes(train, test, name) for name in names}
    if not any(isinstance(plan, list) for plan in plans.values()):
        raise DatasetError(
            "nothing to draw a curve from: " + "; ".join(f"{n}: {p}" for n, p in plans.items())
        )
    start(sum(len(plan) * seeds for plan in plans.values() if isinstance(plan, list)))
    curves = []
    for name in names:
        plan = plans[name]
        if isinstance(plan, str):
            curves.append(_empty(train, test, name, plan))
        else:
            curves.append(_curve(train, test, name, plan, draws, (seed, seeds), advance))
    return Scaling(by, features, seeds, tuple(curves))


def nested_order(
    material: Material, name: str, rng: np.random.Generator
) -> Callable[[int], _Places]:
    """The subsets of a value: given a number of forgeries, the places of these and of real ones.

    Groups come in a drawn order, a subset ends within the last one that it needs. Of each home
    there are as many real pictures as forgeries, or all that it has.
    """
    rank = rng.permutation(int(material.group.max()) + 1)

    def by_group(places: _Places) -> _Places:
        mixed = rng.permutation(places)
        return mixed[np.argsort(rank[material.group[mixed]], kind="stable")]

    fakes = by_group(material.fakes(name))
    reals = {home: by_group(material.reals({home: 1})) for home in sorted(material.homes(fakes))}

    def subset(count: int) -> _Places:
        chosen = fakes[:count]
        homes = material.homes(chosen)
        beside = [reals[home][: homes.get(home, 0)] for home in reals]
        return np.concatenate([chosen, *beside])

    return subset


def _sizes(train: Material, test: Material, name: str) -> list[int] | str:
    """Numbers of forgeries, doubling up to what there is; or why there are none."""
    fakes, asked = train.fakes(name), test.fakes(name)
    homes = train.homes(fakes)
    beside = sum(min(count, len(train.reals({home: 1}))) for home, count in homes.items())
    against = test.reals(test.homes(asked))
    if len(fakes) < 2 * SMALLEST or beside < 2 * SMALLEST:
        return f"too few to train on: {len(fakes)} forgeries, {beside} real pictures beside them"
    if len(asked) < LEAST_TEST or len(against) < LEAST_TEST:
        return f"too few to test on: {len(asked)} forgeries, {len(against)} real pictures"
    doublings = int(np.log2(len(fakes) / SMALLEST))
    sizes = [SMALLEST << power for power in range(doublings + 1)]
    # A last step of less than a third says nothing that the one before it does not.
    return [*(size for size in sizes if 1.33 * size <= len(fakes)), len(fakes)]


def _curve(
    train: Material,
    test: Material,
    name: str,
    sizes: list[int],
    draws: Draws,
    repeats: tuple[int, int],
    advance: Callable[[int], None],
) -> Curve:
    seed, seeds = repeats
    fakes = test.fakes(name)
    places = np.concatenate([fakes, test.reals(test.homes(fakes))])
    weights = draws.weights(test.group[places]) * home_weights(test, places)
    truth = test.fake[places]
    shape = (len(sizes), seeds, weights.shape[0])
    accuracy, auc = np.empty(shape), np.empty(shape)
    pictures, groups = np.empty((seeds, len(sizes))), np.empty((seeds, len(sizes)))
    for repeat in range(seeds):
        rng = np.random.default_rng(derive_seed("nested", seed, repeat, name))
        subset = nested_order(train, name, rng)
        for place, size in enumerate(sizes):
            learnt = subset(size)
            group = train.group[learnt]
            head = fit_head(
                train.features[learnt],
                train.fake[learnt],
                group,
                derive_seed("folds", seed, repeat, name, size),
            )
            said = head.probability(test.features[places])
            accuracy[place, repeat] = 1 - accuracy_rounds(truth, said, weights)
            auc[place, repeat] = 1 - auc_rounds(truth, said, weights)
            pictures[repeat, place] = len(learnt)
            groups[repeat, place] = len(set(group.tolist()))
            advance(1)
    sizes_met = pictures.mean(axis=0)
    missed = np.array([draws.mean(one) for one in accuracy]).T
    unranked = np.array([draws.mean(one) for one in auc]).T
    reals = len(places) - len(fakes)
    return Curve(
        name=name,
        fakes=sizes[-1],
        reals=int(sizes_met[-1]) - sizes[-1],
        test=len(fakes),
        test_reals=reals,
        test_groups=len(set(test.group[fakes].tolist())),
        pictures=sizes_met,
        groups=groups.mean(axis=0),
        accuracy=missed,
        auc=unranked,
        law=fit_power_law(sizes_met, missed),
        auc_law=fit_power_law(sizes_met, unranked),
    )


def _empty(train: Material, test: Material, name: str, why: str) -> Curve:
    none = np.zeros((ROUNDS + 1, 0))
    asked = test.fakes(name)
    return Curve(
        name=name,
        fakes=len(train.fakes(name)),
        reals=0,
        test=len(asked),
        test_reals=len(test.reals(test.homes(asked))),
        test_groups=len(set(test.group[asked].tolist())),
        pictures=np.zeros(0),
        groups=np.zeros(0),
        accuracy=none,
        auc=none,
        law=why,
        auc_law=why,
        few=why,
    )
