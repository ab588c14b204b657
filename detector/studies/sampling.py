"""Draws what a probe learns from: forgeries and as many real pictures from their homes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from detector.studies.material import Material

_Places = npt.NDArray[np.intp]


def draw(
    material: Material, values: Sequence[str], count: int | None, rng: np.random.Generator
) -> _Places:
    """Places of `count` forgeries (None: of all) with these values, evenly, and of real pictures.

    There are as many real pictures as forgeries, from each home as many as forgeries are at home
    there, or all where it has fewer.
    """
    shuffled = [rng.permutation(material.fakes(value)) for value in values]
    most = sum(map(len, shuffled)) if count is None else count
    fakes = np.concatenate([part[:share] for part, share in evenly(shuffled, most)])
    return np.concatenate([fakes, draw_reals(material, material.homes(fakes), rng)])


def evenly(parts: Sequence[_Places], total: int) -> list[tuple[_Places, int]]:
    """How many of each part make `total` or, if there are not so many, all: as alike as can be."""
    shares = [0] * len(parts)
    left = min(total, sum(map(len, parts)))
    while left:
        open_parts = [place for place, part in enumerate(parts) if shares[place] < len(part)]
        each = max(left // len(open_parts), 1)
        for place in open_parts[:left]:
            more = min(each, len(parts[place]) - shares[place])
            shares[place] += more
            left -= more
    return list(zip(parts, shares, strict=True))


def draw_reals(material: Material, homes: Mapping[str, int], rng: np.random.Generator) -> _Places:
    """Places of real pictures: of each home so many, or all that it has."""
    found: list[_Places] = [np.zeros(0, np.intp)]
    for home in sorted(homes):
        found.append(rng.permutation(material.reals({home: 1}))[: homes[home]])
    return np.concatenate(found)


def home_weights(material: Material, places: _Places) -> npt.NDArray[np.float32]:
    """Weights (n,) of pictures at `places` with which each home weighs as much among the real
    pictures as among the forgeries: else telling domains apart would pass for telling fakes."""
    fake, home = material.fake[places], material.home[places]
    weights = np.ones(len(places), np.float32)
    for name in sorted(set(home.tolist())):
        here = home == name
        fakes, reals = int((here & fake).sum()), int((here & ~fake).sum())
        if reals:
            weights[here & ~fake] = fakes / reals
    return weights
