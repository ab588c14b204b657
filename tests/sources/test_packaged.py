"""The packaged pictures are there, big enough, and carry their licence and group."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.errors import RecipeError
from schemas.picture import Picture, RejectedSource
from schemas.recipe.sources import Crops, PackagedSource
from schemas.vocabulary import Domain
from sources import packaged
from sources.packaged import PICTURES, PackagedPicture, packaged_bytes
from sources.reader import SourceReader, open_reader
from storage.reading import read_picture


def reader(domain: Domain, *names: str, seed: int = 3, **more: object) -> SourceReader:
    entry = {"kind": "packaged", "domain": domain, "pictures": names, **more}
    return open_reader(PackagedSource.model_validate(entry), seed)


def read_all(source: SourceReader) -> tuple[list[Picture], list[RejectedSource]]:
    items = [item for origin in source.origins() for item in source.read(origin)]
    return (
        [item for item in items if isinstance(item, Picture)],
        [item for item in items if isinstance(item, RejectedSource)],
    )


@pytest.mark.parametrize("row", PICTURES, ids=lambda row: row.name)
def test_every_file_is_there_and_as_large_as_its_domain_needs(row: PackagedPicture) -> None:
    pixels, _ = read_picture(packaged_bytes(row))
    assert min(pixels.shape[:2]) >= (256 if row.domains in {(), ("natural",)} else 172) or (
        row.name == "text"
    )
    assert row.licence
    assert row.attribution


def test_names_are_sorted_and_origins_unique() -> None:
    assert [row.name for row in PICTURES] == sorted({row.name for row in PICTURES})
    assert len({row.origin for row in PICTURES}) == len(PICTURES)


def test_natural_pictures_are_cut_in_many_with_ids_of_their_own() -> None:
    pictures, rejected = read_all(reader(Domain.NATURAL))
    assert len(pictures) >= 40
    assert {item.reason for item in rejected} <= {"flat"}
    assert len({picture.source.source_id for picture in pictures}) == len(pictures)
    for picture in pictures:
        source = picture.source
        assert picture.pixels.shape == (source.height, source.width, 3)
        assert 256 <= min(source.width, source.height) <= max(source.width, source.height) <= 384
        assert not picture.pixels.flags.writeable
        assert picture.pixels.flags.c_contiguous
        assert not source.origin.startswith("/")
    assert {p.source.group for p in pictures if "motorcycle" in p.source.origin} == {
        "scikit-image/motorcycle"
    }


def test_crops_are_exact_and_the_same_every_time() -> None:
    first, _ = read_all(reader(Domain.NATURAL, "coffee", "china"))
    again, _ = read_all(reader(Domain.NATURAL, "china", "coffee"))
    assert [p.source for p in first] == [p.source for p in again]
    other, _ = read_all(reader(Domain.NATURAL, "coffee", "china", seed=4))
    assert {p.source.source_id for p in first} != {p.source.source_id for p in other}
    whole = read_picture(packaged_bytes(next(row for row in PICTURES if row.name == "coffee")))[0]
    for picture in first:
        if picture.source.origin == "scikit-image/coffee.png" and picture.source.crop:
            left, top, width, height = picture.source.crop
            np.testing.assert_array_equal(
                picture.pixels, whole[top : top + height, left : left + width]
            )


def test_portraits_are_cut_around_their_face() -> None:
    pictures, rejected = read_all(reader(Domain.DEEPFAKE))
    assert not rejected
    assert {p.source.origin for p in pictures} == {
        "matplotlib/grace_hopper.jpg",
        "scikit-image/astronaut.png",
    }
    for picture in pictures:
        (face,) = picture.source.faces
        x, y, width, height = face.box
        assert min(x, y) >= 0
        assert x + width <= picture.source.width
        assert y + height <= picture.source.height
        assert all(x < ex < x + width and y < ey < y + height for ex, ey in face.eyes)


def test_pages_are_taken_whole_with_their_words() -> None:
    (page,), rejected = read_all(reader(Domain.DOCUMENT, crops=None))
    assert not rejected
    assert page.source.origin == "scikit-image/page.png"
    assert page.source.crop is None
    assert len(page.source.words) > 40
    _, (small,) = read_all(reader(Domain.DOCUMENT))
    assert small.reason == "too_small"


def test_what_has_no_face_or_no_face_that_fits_is_rejected() -> None:
    _, (none,) = read_all(reader(Domain.DEEPFAKE, "coffee"))
    assert none.reason == "no_face"
    tight = Crops(min_side=128, max_side=160)
    _, (large,) = read_all(reader(Domain.DEEPFAKE, "grace_hopper", crops=tight))
    assert large.reason == "face_too_large"
    assert "raise max_side" in large.detail


def test_a_group_of_the_entry_counts_for_all_its_pictures() -> None:
    pictures, _ = read_all(reader(Domain.NATURAL, "coffee", "chelsea", group="mine"))
    assert {picture.source.group for picture in pictures} == {"mine"}


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'coffee'"):
        reader(Domain.NATURAL, "cofee")


def test_a_file_that_the_package_lacks_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {**packaged._PACKAGES, "skimage": ("scikit-image", "no-such-folder")}
    monkeypatch.setattr(packaged, "_PACKAGES", gone)
    _, (missing,) = read_all(reader(Domain.NATURAL, "coffee"))
    assert missing.reason == "missing"
