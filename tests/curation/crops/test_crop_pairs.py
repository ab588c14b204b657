"""Crops are found with the place they came from; what merely looks alike is not."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from curation.crops.agreement import agreement
from curation.crops.common import common
from curation.crops.pairs import CropPair, crop_pairs
from curation.crops.tiles import Tiles, tiles
from tests.curation.crops.pictures import NAMES, crop, picture, pieces, saved_again


@cache
def whole(name: str) -> Tiles:
    return tiles(picture(name))


def found(first: Tiles, second: Tiles) -> list[CropPair]:
    return list(crop_pairs([first, second]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keep", [0.9, 0.75])
def test_a_crop_is_found_with_its_place(name: str, keep: float) -> None:
    pixels = picture(name)
    window, (left, top, width, height) = crop(pixels, keep, np.random.default_rng(1))
    (pair,) = found(whole(name), tiles(window))
    longer = max(pixels.shape)
    assert pair.scale == pytest.approx(max(width, height) / longer, abs=0.03)
    assert pair.offset == pytest.approx((left / longer, top / longer), abs=0.03)
    assert pair.covered > 0.95
    assert pair.agreeing >= pair.evidence >= 2.5
    assert 0.2 <= pair.share <= 1


def test_nearly_all_crops_are_found_after_compression_and_resizing() -> None:
    rng = np.random.default_rng(2)
    hits = [
        len(found(whole(name), tiles(saved_again(crop(picture(name), 0.9, rng)[0], rng))))
        for name in NAMES
        for _ in range(3)
    ]
    assert np.mean(hits) >= 0.97


def test_the_pair_is_the_same_from_the_other_side() -> None:
    window, _ = crop(picture("china"), 0.75, np.random.default_rng(4))
    (down,) = found(whole("china"), tiles(window))
    (up,) = found(tiles(window), whole("china"))
    assert up.scale == pytest.approx(1 / down.scale, rel=0.02)
    assert up.offset[0] == pytest.approx(-down.offset[0] / down.scale, abs=0.02)
    assert up.covered == pytest.approx(down.covered, abs=0.02)


def test_distinct_pictures_are_no_pairs() -> None:
    # The lawn is a texture that was laid out to repeat: the same blades are in two of its parts.
    names = [name for name in NAMES if name != "grass"]
    distinct = [tiles(piece) for name in names for piece in pieces(picture(name), 3)]
    assert list(crop_pairs(distinct)) == []


def test_pictures_that_overlap_are_pairs_where_asked() -> None:
    pixels = picture("china")
    left, right = tiles(pixels[:, :440]), tiles(pixels[:, 200:])
    assert found(left, right) == []
    (pair,) = crop_pairs([left, right], covered=0)
    assert pair.covered == pytest.approx(240 / 440, abs=0.03)
    assert pair.offset == pytest.approx((200 / 440, 0), abs=0.02)


def test_what_is_done_to_a_part_lowers_the_share() -> None:
    """A forgery is in its source's place: the geometry cannot tell, the share tells a little."""
    forged = picture("astronaut").copy()
    forged[100:330, 150:400] = cv2.resize(picture("coffee"), (250, 230))
    (same,) = found(whole("astronaut"), tiles(picture("astronaut")))
    (edited,) = found(whole("astronaut"), tiles(forged))
    assert same.share == same.covered == 1
    assert edited.share < 0.8
    assert edited.covered == pytest.approx(1, abs=0.02)


def test_pictures_of_one_lineage_are_left_alone() -> None:
    window, _ = crop(picture("rocket"), 0.9, np.random.default_rng(6))
    three = [whole("rocket"), tiles(window), whole("rocket")]
    untagged = [(pair.first, pair.second) for pair in crop_pairs(three)]
    assert untagged == [(0, 1), (0, 2), (1, 2)]
    assert [(pair.first, pair.second) for pair in crop_pairs(three, [5, 5, 7])] == [(0, 2), (1, 2)]
    assert list(crop_pairs(three, [5, 5, 5])) == []
    with pytest.raises(ValueError, match="3 pictures and 2 tags"):
        list(crop_pairs(three, [1, 2]))


def test_the_answer_does_not_depend_on_threads() -> None:
    rng = np.random.default_rng(7)
    many = [tiles(crop(picture(name), 0.8, rng)[0]) for name in NAMES for _ in range(2)]
    assert list(crop_pairs(many, threads=1)) == list(crop_pairs(many, threads=3)) != []


def test_few_or_no_pictures() -> None:
    empty = tiles(np.full((50, 50, 3), 9, np.uint8))
    assert list(crop_pairs([])) == []
    assert list(crop_pairs([empty])) == []
    assert list(crop_pairs([empty, whole("coffee"), empty])) == []


def test_a_table_agrees_with_itself_everywhere_and_so_says_nothing() -> None:
    """Every tile of one looks like every tile of the other, so that all of them count for one."""
    places = np.array([(x, y) for y in (60, 120, 180) for x in (60, 120, 180)], np.uint8)
    grid = Tiles(
        width=256,
        height=256,
        hashes=np.full(len(places), 0x0F0F33CC, np.uint64),
        x=places[:, 0],
        y=places[:, 1],
        size=np.full(len(places), 48, np.uint8),
    )
    every = np.stack(np.divmod(np.arange(len(places) ** 2), len(places)), axis=1)
    fit = agreement(grid, grid, every)
    assert fit is not None
    assert fit.agreeing == len(places)
    assert fit.evidence <= 1.01
    assert found(grid, grid) == []


def _random(count: int, seed: int) -> Tiles:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(50, 200, (2, count)).astype(np.uint8)
    size = rng.integers(24, 60, count).astype(np.uint8)
    return Tiles(256, 256, rng.integers(0, 2**64, count, np.uint64), x, y, size)


def test_tiles_of_a_large_part_of_the_pictures_are_stop_words() -> None:
    # 80 pictures share three tiles, two of them a third one, up to two bits.
    shared, rare = _random(3, 1), _random(3, 2)
    pictures = []
    for number in range(80):
        own = _random(8, 100 + number)
        parts = [own, shared, rare] if number < 2 else [own, shared]
        noise = np.random.default_rng(number).integers(0, 64, sum(map(len, parts)))
        noisy = np.concatenate([part.hashes for part in parts]) ^ (
            np.uint64(1) << noise.astype(np.uint64)
        )
        x, y, size = (
            np.concatenate([getattr(part, field) for part in parts]) for field in ("x", "y", "size")
        )
        pictures.append(Tiles(256, 256, noisy, x, y, size))
    hashes = np.concatenate([one.hashes for one in pictures])
    owners = np.repeat(np.arange(80), [len(one) for one in pictures])
    near = np.bitwise_count(hashes[:, None] ^ shared.hashes[None]).min(axis=1) <= 1
    assert (common(hashes, owners, owners, 8) == near).all()
    # As one lineage they do not count for one another.
    assert not common(hashes, owners, np.zeros(len(hashes), np.int64), 8).any()
    pairs = [(pair.first, pair.second) for pair in crop_pairs(pictures, share=0)]
    assert pairs == [(0, 1)]
    # Where fewer pictures show them, the same tiles carry.
    assert len(list(crop_pairs(pictures[:20], share=0))) == 190


def test_common_tiles_of_a_large_set_are_found_on_a_sample_of_it() -> None:
    rng = np.random.default_rng(8)
    pictures = np.repeat(np.arange(5000), 2)
    hashes = rng.integers(0, 2**64, 10_000, np.uint64)
    hashes[::2][:500] = 0xABCDEF  # in a tenth of the pictures
    hashes[1::2][:30] = 0x123456
    dropped = common(hashes, pictures, pictures, 8)
    assert (dropped == (hashes == 0xABCDEF)).all()
