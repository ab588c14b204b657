"""Overlap with benchmarks, held against a comparison of everything with everything; the gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from curation.contamination.gate import contaminated
from curation.contamination.hash_lists import HashList
from curation.contamination.overlap import overlap, overlap_table
from curation.crops.tiles import tiles
from curation.fingerprints.orientations import orientations
from schemas.errors import StorageError
from tests.generators.pictures import photograph

Prints = npt.NDArray[np.uint64]


def random_prints(seed: int, count: int) -> Prints:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64)


def a_list(name: str, prints: Prints, **more: Any) -> HashList:
    keys = pa.array([f"{name}-{number}" for number in range(len(prints))], pa.string())
    return HashList(name, keys, prints, **more)


def flipped(prints: Prints, bits: int) -> Prints:
    """The hashes with their lowest bits flipped."""
    return prints ^ np.uint64((1 << bits) - 1)


def test_the_nearest_of_each_benchmark_is_what_comparing_everything_finds() -> None:
    base = random_prints(1, 60)
    own = np.concatenate([random_prints(2, 200), flipped(base[:20], 5), base[20:30]])
    theirs = np.concatenate([flipped(base, 2), random_prints(3, 300), base[25:28]])
    (found,) = overlap(a_list("own", own), [a_list("coco", theirs)], 6).benchmarks
    distance = np.bitwise_count(own[:, None] ^ theirs[None])
    near = distance.min(axis=1) <= 6
    assert found.own.tolist() == np.flatnonzero(near).tolist()
    assert found.other.tolist() == distance.argmin(axis=1)[near].tolist()
    assert found.distance.tolist() == distance.min(axis=1)[near].tolist()
    assert found.benchmark_pictures == int((distance <= 6).any(axis=0).sum())
    assert (found.pictures, found.size) == (30, len(theirs))


def test_the_report_has_a_row_for_each_picture_in_each_benchmark() -> None:
    base = random_prints(4, 10)
    own, lists = a_list("own", base), [a_list("a", base[3:5]), a_list("b", flipped(base[4:], 9))]
    lists.append(a_list("nothing", random_prints(5, 3)))
    found = overlap(own, lists, 9)
    rows = overlap_table(own, lists, found).to_pylist()
    assert found.pictures == 7
    assert [(row["benchmark"], row["key"]) for row in rows[:3]] == [
        ("a", "own-3"),
        ("a", "own-4"),
        ("b", "own-4"),
    ]
    assert rows[2] == {
        "benchmark": "b",
        "key": "own-4",
        "benchmark_key": "b-0",
        "relation": "near",
        "distance": 9,
        "shared": None,
    }


@pytest.mark.parametrize("whose", ["own", "theirs"])
def test_turned_and_mirrored_copies_are_found_with_either_side_s_orientations(whose: str) -> None:
    pixels = photograph("astronaut", 512)
    turned = np.ascontiguousarray(np.rot90(pixels)[:, ::-1])
    here, there = (np.array([orientations(one)], np.uint64) for one in (turned, pixels))
    plain = [a_list(name, values[:, 0]) for name, values in (("own", here), ("theirs", there))]
    assert not overlap(plain[0], plain[1:], 8).pictures
    sides = {
        name: a_list(name, values[:, 0], orientations=values if name == whose else None)
        for name, values in (("own", here), ("theirs", there))
    }
    (found,) = overlap(sides["own"], [sides["theirs"]], 8).benchmarks
    assert found.pictures == 1
    assert found.relation(0) == "turned"


def test_crops_are_found_by_tiles_and_their_want_is_said() -> None:
    pixels = photograph("astronaut", 512)
    crop = np.ascontiguousarray(pixels[60:400, 90:420])
    other = photograph("coffee", 512)

    def with_tiles(name: str, *shown: npt.NDArray[np.uint8]) -> HashList:
        packed = pa.array([tiles(one).pack() for one in shown], pa.binary())
        return a_list(name, random_prints(len(name), len(shown)), tiles=packed)

    own, theirs = with_tiles("own", other, crop), with_tiles("theirs", pixels)
    found = overlap(own, [theirs], 8, crops=True)
    assert found.benchmarks[0].own.tolist() == [1]
    (row,) = overlap_table(own, [theirs], found).to_pylist()
    assert (row["relation"], row["distance"]) == ("crop", None)
    assert row["shared"] > 0.9
    assert not overlap(own, [theirs], 8).pictures
    with pytest.raises(StorageError, match=r"hashes of bare have no tiles.*--crops"):
        overlap(own, [a_list("bare", random_prints(9, 2))], 8, crops=True)


def test_the_gate_names_the_nearest_of_all_benchmarks() -> None:
    base = random_prints(6, 6)
    lists = [a_list("far", flipped(base[1:4], 5)), a_list("near", flipped(base[2:5], 1))]
    found = contaminated([f"s{i}" for i in range(6)], base, lists, 8)
    assert [(one.picture_id, one.benchmark, one.distance) for one in found] == [
        ("s1", "far", 5),
        ("s2", "near", 1),
        ("s3", "near", 1),
        ("s4", "near", 1),
    ]
    assert found[1].detail == "1 bit from near-0 of near"
    assert contaminated([], base[:0], lists, 8) == ()
    assert contaminated(["a"], base[:1], [], 8) == ()


def test_the_gate_finds_mirrored_copies_where_orientations_are_given() -> None:
    pixels = photograph("chelsea", 451)
    mirrored = np.array([orientations(np.ascontiguousarray(pixels[:, ::-1]))], np.uint64)
    lists = [a_list("coco", np.array([orientations(pixels)[0]], np.uint64))]
    assert not contaminated(["a"], mirrored[:, 0], lists, 8)
    (one,) = contaminated(["a"], mirrored[:, 0], lists, 8, mirrored)
    assert one.detail.endswith("from coco-0 of coco, turned or mirrored")
