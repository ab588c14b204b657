"""Pictures come with their truth, are drawn evenly, and none is lost on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.evaluation.benchmark_pictures import of_benchmark
from detector.evaluation.drawing import drawn_evenly
from detector.evaluation.pictures import of_published
from detector.layouts.registry import open_benchmark
from schemas.errors import DatasetError
from storage.published import PublishedSet
from tests.detector.evaluation.sets import SIDE, chain, forged
from tests.detector.layouts import trees


def test_a_row_comes_with_its_truth(published: PublishedSet) -> None:
    pictures = {one.key: one for one in of_published(published, "test")}
    assert len(pictures) == 24
    real, spliced, whole = pictures["s0048"], pictures["s0049"], pictures["s0053"]
    assert not real.fake
    empty = real.mask()
    assert empty is not None
    assert empty.shape == (SIDE, SIDE)
    assert not empty.any()
    found = spliced.mask()
    assert found is not None
    assert np.array_equal(found, forged())
    assert whole.mask() is None
    assert spliced.reasoning == chain(True)
    assert spliced.findings == {"Irregular Image Edges": "The edge is sharp."}
    assert spliced.attributes["Irregular Image Edges"] is True
    assert "Inconsistent Lighting and Shadows" not in spliced.attributes
    assert spliced.columns == {"domain": "natural", "operation": "splice", "generator": "splice"}
    assert (real.side["format"], real.side["width"]) == ("JPEG", SIDE)
    assert spliced.group == real.group


def test_pictures_at_places_are_those_of_the_whole(published: PublishedSet) -> None:
    pictures = of_published(published, "test", limit=10, seed=2)
    every = list(pictures)
    assert [one.key for one in every] == list(pictures.keys)
    assert [one.key for one in pictures.at([1, 4])] == [every[1].key, every[4].key]
    assert pictures.digest != of_published(published, "test").digest
    bare = next(iter(of_published(published, "test", texts=False)))
    assert (bare.reasoning, bare.findings) == ("", {})


def test_a_split_that_is_not_there_is_named(published: PublishedSet) -> None:
    with pytest.raises(DatasetError, match="no split 'dev'; it has train, test"):
        of_published(published, "dev")
    with pytest.raises(DatasetError, match="no config 'splice'; it has default"):
        of_published(published, "test", "splice")


def test_a_limit_is_drawn_evenly_whatever_the_order() -> None:
    keys = [f"k{number}" for number in range(100)]
    fake = [number >= 40 for number in range(100)]
    kinds = ["natural"] * 40 + ["splice"] * 50 + ["stamp"] * 10
    chosen = drawn_evenly(keys, fake, kinds, 40)
    assert chosen == sorted(chosen)
    assert sum(fake[place] for place in chosen) == 20
    assert sum(kinds[place] == "stamp" for place in chosen) == 10
    turned = drawn_evenly(keys[::-1], fake[::-1], kinds[::-1], 40)
    assert {keys[::-1][place] for place in turned} == {keys[place] for place in chosen}
    assert set(drawn_evenly(keys, fake, kinds, 12)) < set(chosen)
    assert drawn_evenly(keys, fake, kinds, 40, seed=1) != chosen
    assert drawn_evenly(keys, fake, kinds, None) == list(range(100))


def test_a_benchmark_is_read_by_places_and_names_what_it_lacks(tmp_path: Path) -> None:
    folder = trees.mmfr(tmp_path / "mmfr")
    whole = of_benchmark(open_benchmark(folder))
    assert len(whole) > 2
    assert not whole.unreadable
    victim = next(path for path in sorted(folder.rglob("*.png")) if "evaluation" in str(path))
    victim.unlink()
    lacking = of_benchmark(open_benchmark(folder))
    assert len(lacking) + len(lacking.unreadable) == len(whole)
    assert len(lacking.unreadable) == 1
    assert lacking.digest != whole.digest
    seen = list(lacking)
    assert [one.key for one in seen] == list(lacking.keys)
    assert [one.key for one in lacking.at([1])] == [seen[1].key]
    assert any(one.fake for one in seen)
    with pytest.raises(DatasetError, match="no split 'moon'"):
        of_benchmark(open_benchmark(folder), "moon")


def test_a_benchmark_of_tables_is_listed_again_to_be_read(tmp_path: Path) -> None:
    folder = trees.community_forensics(tmp_path / "cf")
    pictures = of_benchmark(open_benchmark(folder))
    assert pictures.kept is None
    seen = list(pictures)
    assert [one.key for one in seen] == list(pictures.keys)
    assert [one.key for one in pictures.at([len(seen) - 1])] == [seen[-1].key]
    real = next(one for one in seen if not one.fake)
    empty = real.mask()
    assert empty is not None
    assert not empty.any()
