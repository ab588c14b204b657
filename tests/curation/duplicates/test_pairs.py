"""All pairs within a radius: those of brute force, each once, from either engine."""

from __future__ import annotations

import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.duplicates import compiled, engines, pairs, vectorised
from curation.duplicates.bands import Costs
from curation.duplicates.engines import EngineName, choose_engine
from curation.duplicates.pairs import cross_pairs, near_pairs
from schemas.errors import MissingExtraError
from tests.curation.duplicates.brute_force import (
    ENGINES,
    Hashes,
    clumped,
    collected,
    distances,
    listed,
)

# What makes the model choose many bands, some with flips, also for the few hashes of a test.
DEAR = Costs(sorting=0.01, lookup=0.01, candidate=1e6, mask=0.01)


@pytest.fixture(params=["few bands", "many bands"])
def _bands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "many bands":
        monkeypatch.setattr(compiled.Compiled, "costs", DEAR)
        monkeypatch.setattr(vectorised.Vectorised, "costs", DEAR)


@pytest.mark.usefixtures("_bands")
@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=25)
@given(values=clumped(), radius=st.integers(0, 12), tagged=st.booleans(), block=st.integers(1, 99))
def test_pairs_are_those_of_brute_force(
    engine: EngineName, values: Hashes, radius: int, tagged: bool, block: int
) -> None:
    apart = distances(values, values)
    near = np.triu(apart <= radius, 1)
    tags = np.arange(len(values)) % 3 if tagged else None
    if tags is not None:
        near &= tags[:, None] != tags
    with pytest.MonkeyPatch.context() as patch:
        for module in (compiled, vectorised):
            patch.setattr(module, "_BLOCK", block)
        patch.setattr(vectorised, "_CANDIDATES", block)
        patch.setattr(pairs, "_ROWS", (block, block))
        found = collected(near_pairs(values, radius, tags=tags, engine=engine, threads=2))
    assert len(found) == len(set(found))
    assert set(found) == listed(near, apart)


@pytest.mark.usefixtures("_bands")
@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=25)
@given(left=clumped(2), right=clumped(2), radius=st.integers(0, 20), tagged=st.booleans())
def test_cross_pairs_are_those_of_brute_force(
    engine: EngineName, left: Hashes, right: Hashes, radius: int, tagged: bool
) -> None:
    apart = distances(left, right)
    near = apart <= radius
    tags = (np.arange(len(left)) % 2, np.arange(len(right)) % 3) if tagged else None
    if tags is not None:
        near &= tags[0][:, None] != tags[1]
    found = collected(cross_pairs(left, right, radius, tags=tags, engine=engine, threads=1))
    assert len(found) == len(set(found))
    assert set(found) == listed(near, apart)


@pytest.mark.parametrize("engine", ENGINES)
def test_of_many_none_is_missed(engine: EngineName) -> None:
    rng = np.random.default_rng(5)
    values = rng.integers(0, 2**64, 6000, np.uint64)
    for distance in range(13):
        bits = rng.choice(64, distance, replace=False)
        values[distance] = values[5000 + distance] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    apart = distances(values[:, None], values[:, None])
    expected = listed(np.triu(apart <= 8, 1), apart)
    assert len(expected) >= 9
    assert set(collected(near_pairs(values, 8, engine=engine))) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_blocks_do_not_depend_on_threads(engine: EngineName) -> None:
    values = np.random.default_rng(1).integers(0, 2**12, 3000, np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "_ROWS", (100, 100))
        one, four = (
            [block.first.tolist() for block in near_pairs(values, 1, threads=n, engine=engine)]
            for n in (1, 4)
        )
    assert len(one) > 10
    assert one == four


@pytest.mark.parametrize("engine", ENGINES)
def test_equal_hashes_stream(engine: EngineName) -> None:
    """4.5 thousand million pairs, of which nobody holds more than a few blocks."""
    blocks = near_pairs(np.zeros(95_000, np.uint64), 0, engine=engine, threads=2)
    first = list(islice(blocks, 3))
    assert all(10_000 < len(block) <= 1 << 20 for block in first)


def test_a_read_only_array_is_taken() -> None:
    values = np.arange(50, dtype=np.uint64)
    values.setflags(write=False)
    assert len(collected(near_pairs(values, 1, engine="numba"))) == len(
        collected(near_pairs(values, 1, engine="numpy"))
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_has_no_pairs(engine: EngineName) -> None:
    nothing, something = np.zeros(0, np.uint64), np.zeros(3, np.uint64)
    assert not list(near_pairs(nothing, 8, engine=engine))
    assert not list(cross_pairs(nothing, something, 8, engine=engine))
    assert not list(cross_pairs(something, nothing, 8, engine=engine))


def test_what_cannot_be_searched_is_refused_at_once() -> None:
    hashes = np.zeros(3, np.uint64)
    with pytest.raises(ValueError, match="uint64"):
        near_pairs(hashes.astype(np.int64), 8)
    with pytest.raises(ValueError, match="0 or more"):
        near_pairs(hashes, -1)
    with pytest.raises(ValueError, match="one kind"):
        cross_pairs(hashes, np.zeros((2, 4), np.uint64), 8)
    with pytest.raises(ValueError, match="one for each"):
        near_pairs(hashes, 8, tags=np.zeros(2, np.int64))


def test_without_numba_numpy_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_engine("auto", 10**6) is compiled.ENGINE
    assert choose_engine("auto", 1000) is vectorised.ENGINE
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert choose_engine("auto", 10**6) is vectorised.ENGINE
    with pytest.raises(MissingExtraError, match="curate"):
        near_pairs(np.zeros(3, np.uint64), 8, engine="numba")
