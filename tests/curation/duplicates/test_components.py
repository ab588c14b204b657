"""Components: those of brute force, tags and variants included, however many are near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.duplicates import link_kernels, pairs, sweeping, vectorised
from curation.duplicates.components import components
from curation.duplicates.engines import EngineName
from tests.curation.duplicates.brute_force import (
    ENGINES,
    Hashes,
    clumped,
    distances,
    smallest_linked,
    tight_ball,
)


@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=60)
@given(
    values=clumped(),
    radius=st.integers(0, 8),
    families=st.none() | st.integers(1, 30),
    turned=st.integers(0, 3),
    linked=st.integers(0, 5),
    rows=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_components_are_those_of_brute_force(
    engine: EngineName,
    values: Hashes,
    radius: int,
    families: int | None,
    turned: int,
    linked: int,
    rows: int,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    size = len(values)
    near = distances(values, values) <= radius
    variants = None
    if turned and size:
        variants = values[rng.integers(0, size, (size, turned))] ^ np.uint64(1 << 9)
        for k in range(turned):
            near |= distances(variants[:, k], values) <= radius
    links = None
    if linked and size:
        links = rng.integers(0, size, linked), rng.integers(0, size, linked)
        near[links] = True
    tags = None if families is None else rng.integers(-3, families, size)
    if tags is not None:
        near &= tags[:, None] != tags
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "_ROWS", (rows, rows))
        patch.setattr(vectorised, "_LARGE", rows)
        patch.setattr(sweeping, "_FRESH", rows % 5)
        found = components(
            values, radius, tags, variants=variants, links=links, engine=engine, threads=2
        )
    assert found.tolist() == smallest_linked(near | near.T)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("flips", [3, 6, 9])
@pytest.mark.parametrize("families", [None, 1, 2, 40])
def test_tight_balls(engine: EngineName, flips: int, families: int | None) -> None:
    """Buckets that are so full that they are swept, of one component and of several."""
    values = np.concatenate([tight_ball(900, flips, seed) for seed in (1, 2)])
    assert len(values) > 2 * link_kernels._PATIENCE
    near = distances(values, values) <= 6
    tags = None
    if families is not None:
        tags = np.random.default_rng(0).integers(0, families, len(values))
        near &= tags[:, None] != tags
    found = components(values, 6, tags, engine=engine, threads=1)
    assert found.tolist() == smallest_linked(near)


@pytest.mark.parametrize("engine", ENGINES)
def test_many_equal_ones_are_one_at_once(engine: EngineName) -> None:
    equal = np.zeros(300_000, np.uint64)
    assert not components(equal, 8, engine=engine).any()
    family = np.zeros(equal.size, np.int64)
    assert np.array_equal(components(equal, 8, family, engine=engine), np.arange(equal.size))


def test_labels_do_not_depend_on_threads_or_engine() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 2**64, 40_000, np.uint64)
    values[20_000:] = values[rng.integers(0, 20_000, 20_000)] ^ np.uint64(0b111010)
    labels = [components(values, 6, threads=n, engine="numba") for n in (1, 3)]
    labels.append(components(values, 6, engine="numpy"))
    assert 10_000 < np.unique(labels[0]).size < 25_000
    assert all(np.array_equal(labels[0], other) for other in labels[1:])


def test_variants_must_be_of_the_same_kind() -> None:
    with pytest.raises(ValueError, match="same hashes"):
        components(np.zeros((2, 4), np.uint64), 8, variants=np.zeros((2, 3), np.uint64))
