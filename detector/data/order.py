"""The order in which rows are trained on: a function of seed and epoch, balanced where asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Who takes which place of an order: `ranks` processes, each with `workers`, by the batch.

    The places of one step are dealt out to the ranks in turn, a rank's batches to its workers in
    turn. Together the lanes cover every place once, whatever these numbers are.
    """

    batch_size: int
    ranks: int = 1
    workers: int = 1

    @property
    def step(self) -> int:
        """How many places one step of all ranks takes."""
        return self.batch_size * self.ranks

    def of_places(self, count: int) -> Indices:
        """The lane, 0..ranks*workers-1, of each of `count` places."""
        place = np.arange(count)
        worker = (place // self.step) % self.workers
        return (place % self.ranks) * self.workers + worker


@dataclass(frozen=True, slots=True)
class Locality:
    """Keeps rows that are read together near one another.

    `places`: a number for each row's row group. Each lane goes through row groups of its own, in
    an order of the epoch's, `groups` of them at a time with their rows mixed.
    """

    places: Indices
    lanes: Lanes
    groups: int = 4


@dataclass(frozen=True, slots=True)
class Order:
    """Every epoch's order of `rows` rows.

    Without `classes` an epoch takes every row once. With `classes` (one a row) it takes `rows`
    draws, from each class in proportion to `weights` (equal where None), the classes evenly mixed
    in every stretch of the epoch; a class's rows are all taken equally often, give or take one.
    With `locality` rows of one row group come near one another.
    """

    rows: int
    seed: int
    classes: Sequence[str] | None = None
    weights: Mapping[str, float] | None = None
    locality: Locality | None = None

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise ValueError("an order needs at least one row")
        if self.classes is not None:
            if len(self.classes) != self.rows:
                raise ValueError(f"{len(self.classes)} classes for {self.rows} rows")
            self._quotas()
        elif self.weights is not None:
            raise ValueError("weights need the classes that they weigh")

    def epoch(self, epoch: int) -> Indices:
        """The rows in the order of this epoch: int64, `rows` of them, each in 0..rows-1."""
        rng = np.random.default_rng([self.seed, epoch])
        drawn = rng.permutation(self.rows) if self.classes is None else self._balanced(rng)
        return drawn if self.locality is None else _gathered(drawn, self.locality, rng)

    @property
    def digest(self) -> str:
        """Tells whether a saved place is a place in this order; lanes aside, which it carries."""
        said = {
            "rows": self.rows,
            "seed": self.seed,
            "classes": None if self.classes is None else list(self.classes),
            "weights": None if self.weights is None else dict(self.weights),
            "groups": None if self.locality is None else self.locality.groups,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _quotas(self) -> dict[str, int]:
        """How many draws each class has in an epoch: largest remainders, ties by name."""
        names = sorted(set(self.classes or ()))
        unknown = sorted(set(self.weights or ()) - set(names))
        if unknown:
            raise ValueError(f"weights for {', '.join(unknown)}, of which there is no row")
        given = [1.0 if self.weights is None else self.weights.get(name, 0.0) for name in names]
        weights = np.array(given, np.float64)
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise ValueError("weights are finite, none below 0, and one of them above it")
        exact = weights / weights.sum() * self.rows
        quotas = np.floor(exact).astype(np.int64)
        rest = np.argsort(quotas - exact, kind="stable")[: self.rows - int(quotas.sum())]
        quotas[rest] += 1
        return dict(zip(names, quotas.tolist(), strict=True))

    def _balanced(self, rng: np.random.Generator) -> Indices:
        known = np.asarray(self.classes)
        drawn, when = [], []
        for name, quota in self._quotas().items():
            members = np.flatnonzero(known == name)
            rounds = -(-quota // len(members))
            turns = [rng.permutation(members) for _ in range(rounds)]
            drawn.append(np.concatenate([members[:0], *turns])[:quota])
            when.append((np.arange(quota) + rng.random(quota)) / max(quota, 1))
        mixed = np.argsort(np.concatenate(when), kind="stable")
        balanced: Indices = np.concatenate(drawn).astype(np.int64)[mixed]
        return balanced


def _gathered(drawn: Indices, locality: Locality, rng: np.random.Generator) -> Indices:
    """The same draws, by blocks of row groups, each lane with blocks of its own."""
    groups, group = np.unique(locality.places, return_inverse=True)
    block = rng.permutation(len(groups))[group] // locality.groups
    by_block = drawn[np.argsort(block[drawn], kind="stable")]
    gathered = np.empty_like(drawn)
    gathered[np.argsort(locality.lanes.of_places(len(drawn)), kind="stable")] = by_block
    return gathered
