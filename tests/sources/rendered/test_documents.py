"""Rendered documents: stable, well-formed, grouped by issuer, with words where the ink is."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.picture import Picture
from schemas.recipe.sources import DocumentTemplate, RenderedSource
from schemas.vocabulary import Domain
from sources.rendered import RenderedDocuments

TEMPLATES: tuple[DocumentTemplate, ...] = ("receipt", "invoice", "letter", "form", "card")


def documents(count: int, seed: int = 7, **entry: object) -> RenderedDocuments:
    return RenderedDocuments(
        RenderedSource.model_validate({"kind": "rendered", "count": count, **entry}), seed
    )


def read(reader: RenderedDocuments, origin: str) -> Picture:
    (picture,) = reader.read(origin)
    assert isinstance(picture, Picture)
    return picture


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    reader = documents(25)
    return [read(reader, origin) for origin in reader.origins()]


def test_origins_are_equal_shares_and_grow_stably() -> None:
    origins = documents(13).origins()
    assert len(set(origins)) == 13
    shares = Counter(origin.split("/")[1].rsplit("-", 1)[0] for origin in origins)
    assert set(shares) == set(TEMPLATES)
    assert set(shares.values()) == {2, 3}
    assert set(origins) <= set(documents(40).origins())


def test_signatures_tell_documents_seeds_and_sides_apart() -> None:
    readers = (documents(5), documents(5, seed=8), documents(5, max_side=480))
    signatures = [reader.signature(name) for reader in readers for name in reader.origins()]
    assert len(set(signatures)) == 15
    assert documents(9).signature("rendered/card-0000") in signatures
    assert list(readers[0].origins()) == sorted(readers[0].origins())


def test_same_origin_gives_same_bytes_in_any_order_and_company(pictures: list[Picture]) -> None:
    other = documents(100)
    for picture in reversed(pictures[::4]):
        again = read(other, picture.source.origin)
        assert again.source == picture.source
        assert np.array_equal(again.pixels, picture.pixels)


def test_another_seed_gives_another_document(pictures: list[Picture]) -> None:
    other = read(documents(25, seed=8), pictures[0].source.origin)
    assert other.source.source_id != pictures[0].source.source_id
    assert other.source.group != pictures[0].source.group


def test_sources_are_described(pictures: list[Picture]) -> None:
    for picture in pictures:
        source = picture.source
        assert source.domain is Domain.DOCUMENT
        assert source.licence == "CC0-1.0"
        assert source.history.format == "JPEG"
        assert source.history.saves == 1
        assert not source.history.lossless
        assert 78 <= (source.history.quality or 0) <= 96
        assert source.history.subsampling in {"4:4:4", "4:2:2", "4:2:0"}
        assert source.caption is not None
        assert source.caption.endswith(".")
        assert not picture.pixels.flags.writeable
    assert len({picture.source.source_id for picture in pictures}) == len(pictures)


def test_sizes_are_multiples_of_eight_within_the_entry(pictures: list[Picture]) -> None:
    for picture in pictures:
        height, width = picture.pixels.shape[:2]
        assert (picture.source.width, picture.source.height) == (width, height)
        assert width % 8 == height % 8 == 0
        assert 384 <= max(width, height) <= 512
        assert min(width, height) >= 256


def test_quads_lie_inside_and_keep_reading_order(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert len(picture.source.words) >= 10
        for word in picture.source.words:
            quad = np.array(word.quad)
            assert quad.shape == (4, 2)
            assert (quad >= 0).all()
            assert (quad <= (picture.source.width, picture.source.height)).all()
            if word.text is not None and word.field != "specimen":
                assert quad[1, 0] > quad[0, 0]
                assert quad[3, 1] > quad[0, 1]


def test_letters_are_tall_enough_to_read(pictures: list[Picture]) -> None:
    for picture in pictures:
        heights = [
            np.ptp(np.array(word.quad)[[0, 3], 1])
            for word in picture.source.words
            if word.text and any(letter.isdigit() for letter in word.text)
        ]
        assert np.median(heights) >= 8.5


def test_ink_lies_in_the_quads(pictures: list[Picture]) -> None:
    for picture in pictures:
        grey = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        ink = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 0.7), cv2.CV_32F, ksize=3))
        quads = [np.rint(np.array(word.quad)).astype(np.int32) for word in picture.source.words]
        words = cv2.fillPoly(np.zeros(grey.shape, np.uint8), quads, 1)
        ratios = []
        for quad in quads:
            inside = cv2.fillPoly(np.zeros(grey.shape, np.uint8), [quad], 1)
            around = (cv2.dilate(inside, np.ones((7, 7), np.uint8)) > 0) & (words == 0)
            if around.sum() >= 10:
                ratios.append(ink[inside > 0].mean() / ink[around].mean())
        # The median, because a ruling or a coloured bar beside a word counts as ink around it.
        assert np.median(ratios) > 2.0, picture.source.origin


@pytest.mark.parametrize("seed", range(12))
def test_eighty_documents_have_many_small_groups(seed: int) -> None:
    reader = documents(80, seed)
    groups = Counter(reader.group(origin) for origin in reader.origins())
    assert len(groups) >= 23
    assert max(groups.values()) <= 6


def test_groups_are_known_before_rendering(pictures: list[Picture]) -> None:
    reader = documents(25)
    for picture in pictures:
        assert reader.group(picture.source.origin) == picture.source.group


def test_an_unknown_origin_is_an_error() -> None:
    with pytest.raises(ValueError, match="not the origin"):
        list(documents(1).read("rendered/passport-0001"))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**62),
    template=st.sampled_from(TEMPLATES),
    number=st.integers(0, 60),
    sides=st.sampled_from([(256, 256), (257, 263), (384, 512), (512, 512), (800, 1000)]),
)
def test_any_seed_gives_a_document(
    seed: int, template: DocumentTemplate, number: int, sides: tuple[int, int]
) -> None:
    reader = documents(61, seed, templates=[template], min_side=sides[0], max_side=sides[1])
    picture = read(reader, f"rendered/{template}-{number:04d}")
    assert picture.source.words
    assert max(picture.pixels.shape) <= sides[1]
