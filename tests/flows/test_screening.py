"""Which sources may enter: near-duplicates of every kind, licences, benchmarks; and splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import skimage
from skimage.io import imread

from curation.contamination.hash_lists import HashList, write_hash_list
from curation.crops.tiles import tiles
from curation.fingerprints.orientations import orientations
from flows.stages import sources
from flows.stages.entering.grouping import group_sources, split_groups
from flows.stages.entering.screening import Read, screen_sources
from schemas.errors import DatasetError
from schemas.picture import Codec, Pixels, Source
from schemas.recipe import Recipe
from schemas.recipe.curate import Benchmark, Curation, Duplicates, Embeddings
from schemas.recipe.storing import Publish
from schemas.vocabulary import Domain
from storage.files import location
from tests.flows.small import small_recipe


def source(name: str, **changes: Any) -> Source:
    fields: dict[str, Any] = {
        "source_id": f"src-{name}",
        "origin": f"{name}.png",
        "domain": Domain.NATURAL,
        "group": name,
        "width": 256,
        "height": 256,
        "licence": "CC0-1.0",
        "attribution": "",
        "history": Codec("PNG"),
    }
    return Source(**{**fields, **changes})


def read(name: str, pixels: Pixels, embedding: Any = None, **changes: Any) -> Read:
    seen = orientations(pixels)
    known = source(name, **changes)
    return Read(known, 0, 0, seen[0], seen, tiles(pixels).pack(), embedding)


def noise(seed: int) -> Pixels:
    """A picture of soft blotches, unlike that of any other seed."""
    import cv2

    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (256, 256), interpolation=cv2.INTER_CUBIC), np.uint8)


def recipe(duplicates: Duplicates | None = None, **sections: Any) -> Recipe:
    curation = Curation(duplicates=duplicates or Duplicates())
    return small_recipe().model_copy(update={"curation": curation, **sections})


def test_the_larger_and_less_compressed_of_two_stays() -> None:
    jpeg = Codec("JPEG", 90, "4:2:0", 1, lossless=False)
    worse = Codec("JPEG", 60, "4:2:0", 1, lossless=False)
    found = [
        read("a", noise(1), history=worse),
        read("b", noise(1), history=jpeg),
        read("c", noise(1), history=jpeg, width=512),
        read("d", noise(2)),
    ]
    screened = screen_sources(recipe(), found)
    assert set(screened.refused) == {"src-a", "src-b"}
    assert {refusal.kept_for for refusal in screened.refused.values()} == {"src-c"}
    assert screened.refused["src-a"].detail == "0 bits from src-c, which stays"


def test_turned_copies_are_found_unless_the_recipe_does_without() -> None:
    found = [read("a", noise(1)), read("b", np.rot90(noise(1)).copy())]
    assert set(screen_sources(recipe(), found).refused) == {"src-b"}
    plain = recipe(Duplicates(orientations=False))
    assert not screen_sources(plain, found).refused


def test_a_crop_of_another_file_is_found_and_one_of_the_same_file_is_not() -> None:
    picture = imread(Path(skimage.__file__).parent / "data" / "coffee.png")
    crop = picture[40:300, 60:420].copy()
    whole, part = read("a", picture, width=600, height=400), read("b", crop)
    wanted = recipe(Duplicates(crops=True))
    refused = screen_sources(wanted, [whole, part]).refused
    assert set(refused) == {"src-b"}
    assert "of the smaller is shown by src-a, which stays" in refused["src-b"].detail
    assert not screen_sources(wanted, [whole, read("b", crop, origin="a.png")]).refused
    assert not screen_sources(recipe(), [whole, part]).refused


def test_embeddings_find_what_fingerprints_miss() -> None:
    vectors = np.eye(3, 8, dtype=np.float16)
    near = (vectors[0] + 0.1 * vectors[1]) / np.sqrt(1.01)
    found = [
        read("a", noise(1), vectors[0]),
        read("b", noise(2), near.astype(np.float16)),
        read("c", noise(3), vectors[2]),
    ]
    wanted = recipe(Duplicates(embeddings=Embeddings(similarity=0.9)))
    refused = screen_sources(wanted, found).refused
    assert {name: refusal.detail for name, refusal in refused.items()} == {
        "src-b": "a cosine of 0.995 from src-a, which stays"
    }


def test_pictures_of_other_licences_stay_out_where_the_recipe_names_some() -> None:
    found = [
        read("a", noise(1)),
        read("b", noise(2), licence="CC-BY-NC-4.0"),
        read("c", noise(3), licence="unknown"),
    ]
    wanted = recipe(publish=Publish(licences=("CC0-1.0", "CC-BY*")))
    refused = screen_sources(wanted, found).refused
    assert {name: refusal.detail for name, refusal in refused.items()} == {
        "src-b": "the licence is CC-BY-NC-4.0 (non-commercial)",
        "src-c": "nobody knows the licence",
    }
    assert {refusal.reason for refusal in refused.values()} == {"licence_not_wanted"}
    assert not screen_sources(recipe(), found).refused


def test_what_may_not_be_passed_on_enters_under_no_pattern() -> None:
    found = [read("a", noise(1), licence="all-rights-reserved"), read("b", noise(2))]
    refused = screen_sources(recipe(publish=Publish(licences=("*",))), found).refused
    assert {name: refusal.detail for name, refusal in refused.items()} == {
        "src-a": "all-rights-reserved does not let copies be passed on"
    }


@pytest.mark.parametrize("action", ["drop", "refuse", "report"])
def test_what_becomes_of_a_benchmarks_picture_is_the_recipes_choice(
    tmp_path: Path, action: str
) -> None:
    found = [read("a", noise(1)), read("b", noise(2))]
    place = tmp_path / "nist.parquet"
    prints = np.array([found[1].fingerprint], np.uint64)
    write_hash_list(location(place), HashList("nist", pa.array(["7.jpg"]), prints))
    listed = Benchmark.model_validate({"name": "NIST", "path": str(place), "action": action})
    wanted = small_recipe().model_copy(update={"curation": Curation(contamination=(listed,))})
    if action == "refuse":
        with pytest.raises(DatasetError, match=r"1 pictures stand in NIST.*src-b.*7\.jpg"):
            screen_sources(wanted, found)
        return
    screened = screen_sources(wanted, found)
    assert screened.met == {"NIST": 1}
    assert set(screened.refused) == ({"src-b"} if action == "drop" else set())


def test_more_sources_move_no_group_where_splits_are_hashed() -> None:
    whole = small_recipe()
    splits = whole.splits.model_copy(update={"method": "hashed"})
    wanted = whole.model_copy(update={"splits": splits})
    some = [read(f"{n:03d}", noise(n)) for n in range(40)]
    more = [*some, *(read(f"9{n:02d}", noise(1000 + n)) for n in range(40))]

    def dealt(found: list[Read]) -> dict[str, str]:
        grouping = group_sources(found, ())
        split_of, _ = split_groups(wanted, found, grouping)
        groups = zip(grouping.members.to_pylist(), grouping.column().to_pylist(), strict=True)
        return {name: split_of[group] for name, group in groups}

    first, then = dealt(some), dealt(more)
    assert set(first.values()) == {"train", "test"}
    assert all(then[name] == split for name, split in first.items())


def test_a_group_that_holds_most_of_a_domain_is_remarked_on() -> None:
    found = [read(f"{n:03d}", noise(n), group="family") for n in range(12)]
    grouping = group_sources(found, ())
    _, remarks = split_groups(small_recipe(), found, grouping)
    (remark,) = remarks
    assert "holds 12 of the 12 pictures of natural" in remark
    assert "joined by group" in remark


def test_embeddings_are_computed_with_the_other_looks_and_kept(tmp_path: Path) -> None:
    import transformers

    shape: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 56}
    config = transformers.Dinov2Config(hidden_size=16, patch_size=14, **shape)
    transformers.Dinov2Model(config).save_pretrained(tmp_path)
    wanted = recipe(Duplicates(crops=True, embeddings=Embeddings(model=str(tmp_path))))
    origins = tuple(sources.reader_of(wanted, 0).origins()[:2])
    rows = [row for row in sources.read_origins(wanted, 0, origins) if row["status"] == "ok"]
    assert len(rows) > 2
    vectors = np.array([row["embedding"] for row in rows], np.float32)
    assert vectors.shape == (len(rows), 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=2e-3)
    assert len({row["tiles"] for row in rows}) == len(rows)
    table = pa.Table.from_pylist(rows, sources.SCHEMA)
    assert table["embedding"].to_pylist()[0] == pytest.approx(vectors[0].tolist(), abs=1e-3)
