"""Every layout recognises its own tree and no other, and says what is wrong with a choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.layouts.contract import take_census
from detector.layouts.registry import LAYOUTS, open_benchmark
from schemas.errors import StorageError
from storage.reading import read_picture
from tests.detector.layouts import manipulated, trees
from tests.detector.layouts.conftest import Lmdb

TREES: dict[str, Callable[[Path], Path]] = {
    "mmfr": trees.mmfr,
    "loki": trees.loki,
    "genimage": trees.genimage,
    "community_forensics": trees.community_forensics,
    "bfree": trees.bfree,
    "celeb_df": trees.celeb_df,
    "faceforensics": trees.faceforensics,
    "casia_v1": manipulated.casia_v1,
    "casia_v2": manipulated.casia_v2,
    "columbia": manipulated.columbia,
    "coverage": manipulated.coverage,
    "nist16": manipulated.nist16,
    "cocoglide": manipulated.cocoglide,
    "autosplice": manipulated.autosplice,
    "opensdi": manipulated.opensdi,
    "doctamper": lambda folder: trees.write(folder, {"DocTamperV1-FCD/data.mdb": b""}),
}
# Real, fake, with a mask, unreadable, without the mask they should have: of the default split.
COUNTS = {
    "mmfr": (1, 2, 0, 0, 0),
    "loki": (1, 2, 0, 0, 0),
    "genimage": (2, 2, 0, 0, 0),
    "community_forensics": (1, 1, 0, 1, 0),
    "bfree": (1, 1, 0, 1, 0),
    "celeb_df": (2, 1, 0, 0, 0),
    "faceforensics": (1, 4, 2, 0, 2),
    "casia_v1": (1, 2, 2, 0, 0),
    "casia_v2": (1, 2, 1, 0, 1),
    "columbia": (1, 1, 1, 0, 0),
    "coverage": (2, 2, 2, 0, 0),
    "nist16": (1, 2, 2, 0, 0),
    "cocoglide": (1, 2, 1, 0, 1),
    "autosplice": (1, 2, 2, 0, 0),
    "opensdi": (2, 4, 4, 0, 0),
    "doctamper": (0, 3, 2, 0, 1),
}


def test_every_layout_is_tried_here() -> None:
    assert set(TREES) == set(LAYOUTS) == set(COUNTS)


@pytest.mark.parametrize("name", TREES)
def test_each_tree_is_told_by_its_looks_alone(name: str, tmp_path: Path) -> None:
    assert open_benchmark(TREES[name](tmp_path)).layout.name == name


@pytest.mark.parametrize("name", TREES)
def test_samples_are_counted_unique_and_readable(
    name: str, tmp_path: Path, stand_in_lmdb: Lmdb
) -> None:
    stand_in_lmdb({"DocTamperV1-FCD": manipulated.doctamper_entries()})
    benchmark = open_benchmark(TREES[name](tmp_path), name)
    samples = list(benchmark.samples())
    census = take_census(samples)
    gone = (len(census.unreadable), len(census.unmasked))
    assert (census.real, census.fake, census.masked, *gone) == COUNTS[name]
    assert census.total == len(samples) == len({sample.key for sample in samples})
    assert samples == list(benchmark.samples(benchmark.splits()[0]))
    for sample in samples:
        if sample.problem:
            with pytest.raises(StorageError, match=re.escape(f"{sample.key}: {sample.problem}")):
                sample.read_image()
            continue
        pixels, _ = read_picture(sample.read_image())
        height, width, _ = pixels.shape
        if sample.mask is None:
            assert sample.read_mask(height, width) is None
        elif sample.mask.problem:
            with pytest.raises(StorageError, match="mask"):
                sample.read_mask(height, width)
        else:
            mask = sample.read_mask(height, width)
            whole = sample.operation == "text_to_image"
            assert mask is not None
            np.testing.assert_array_equal(mask, np.ones_like(mask) if whole else trees.corner())


@pytest.mark.parametrize("name", TREES)
def test_an_unknown_split_names_the_known_ones(name: str, tmp_path: Path) -> None:
    benchmark = open_benchmark(TREES[name](tmp_path), name)
    with pytest.raises(StorageError, match=f"'nowhere' here; choose of {benchmark.splits()[0]}"):
        list(benchmark.samples("nowhere"))


@pytest.mark.parametrize("name", TREES)
def test_another_tree_is_refused_with_what_it_should_hold(name: str, tmp_path: Path) -> None:
    trees.write(tmp_path, {"other/notes.txt": "nothing"})
    with pytest.raises(StorageError, match=f"does not hold {name}: "):
        open_benchmark(tmp_path, name)
    with pytest.raises(StorageError, match=f"does not hold {name}: "):
        LAYOUTS[name].splits(tmp_path)


def test_an_unpacked_folder_within_the_folder_is_found(tmp_path: Path) -> None:
    manipulated.columbia(tmp_path / "Columbia Uncompressed")
    assert take_census(open_benchmark(tmp_path).samples()).masked == 1


def test_unclear_choices_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no folder"):
        open_benchmark(tmp_path / "absent")
    with pytest.raises(StorageError, match="layout of no benchmark"):
        open_benchmark(tmp_path)
    with pytest.raises(StorageError, match=r"no benchmark is called 'casia'.*casia_v1"):
        open_benchmark(tmp_path, "casia")
    manipulated.casia_v2(tmp_path / "casia")
    manipulated.columbia(tmp_path / "columbia")
    with pytest.raises(StorageError, match=r"several benchmarks \(casia_v2, columbia\)"):
        open_benchmark(tmp_path)
    assert open_benchmark(tmp_path, "columbia").splits() == ("all",)
