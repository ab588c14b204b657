"""Chains: what a picture goes through, to the pixel, with its masks and a note for each change."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from curation.codecs.chain import Chain, apply_chain, parse_chain
from curation.codecs.fitting import Fit, fit_into
from curation.codecs.stored import StoredCodec, encode_as
from schemas.picture import Codec, Pixels
from storage.codecs import decode, describe, encode_png
from storage.masks import decode_mask, encode_mask
from tests.curation.codecs.made_set import picture

PIXELS = picture(np.random.default_rng(0), 120, 96)
PNG = encode_png(PIXELS)
JPEG = StoredCodec("JPEG", 80, "4:2:0")


def square(width: int, height: int, left: int, top: int, side: int) -> bytes:
    mask = np.zeros((height, width), np.bool_)
    mask[top : top + side, left : left + side] = True
    return encode_mask(mask)


def test_nothing_is_done_to_bytes_that_stay() -> None:
    mask = square(120, 96, 3, 4, 5)
    found = apply_chain(Chain(StoredCodec("PNG"), carried=2), PNG, {"applied": mask, "none": None})
    assert found.image is PNG
    assert found.codec == Codec("PNG", saves=2, lossless=True)
    assert (found.width, found.height) == (120, 96)
    assert found.masks == {"applied": mask, "none": None}
    assert found.notes == ()


@pytest.mark.parametrize("stored", [JPEG, StoredCodec("WEBP", 70), StoredCodec("PNG")])
def test_the_record_says_what_the_bytes_are(stored: StoredCodec) -> None:
    chain = Chain(stored, carried=1, before=(JPEG,))
    found = apply_chain(chain, PNG)
    with Image.open(io.BytesIO(found.image)) as image:
        assert describe(image, saves=found.codec.saves) == found.codec
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
    assert found.codec.saves == 2 + stored.lossy
    assert found.codec == chain.codec
    assert apply_chain(chain, PNG) == found


def test_earlier_saves_are_made_one_after_another() -> None:
    found = apply_chain(Chain(StoredCodec("PNG"), before=(JPEG, JPEG)), PNG)
    twice = decode(encode_as(decode(encode_as(PIXELS, JPEG)), JPEG))
    assert np.array_equal(decode(found.image), twice)
    assert found.notes == ("It was saved as JPEG 80 4:2:0 once before.",) * 2


def test_the_block_grid_lies_where_the_imitated_file_has_it() -> None:
    coarse = StoredCodec("JPEG", 10, "4:4:4")
    found = apply_chain(Chain(StoredCodec("PNG"), before=(coarse,), phase=(13, 3)), PNG)
    pixels = decode(found.image)
    assert pixels.shape == PIXELS.shape
    assert grid_of(pixels, axis=1) == (8 - 13) % 8
    assert grid_of(pixels, axis=0) == (8 - 3) % 8


def grid_of(pixels: Pixels, axis: int) -> int:
    """At which column (or row), modulo 8, blocks begin: where neighbours differ most."""
    steps = np.abs(np.diff(pixels.astype(float), axis=axis)).mean(axis=(1 - axis, 2))
    return (int(np.argmax([steps[place::8].mean() for place in range(8)])) + 1) % 8


def test_masks_go_the_way_of_the_picture() -> None:
    marked = PIXELS.copy()
    marked[40:60, 50:80] = (255, 0, 0)
    mask = np.zeros(PIXELS.shape[:2], np.bool_)
    mask[40:60, 50:80] = True
    chain = Chain(StoredCodec("PNG"), crop=(20, 10, 80, 80), size=(40, 40))
    found = apply_chain(chain, encode_png(marked), {"applied": encode_mask(mask), "other": None})
    pixels, moved = decode(found.image), decode_mask(found.masks["applied"] or b"")
    assert pixels.shape == (40, 40, 3)
    assert moved[15:25, 15:30].all()
    assert moved.sum() == 150
    assert (pixels[moved] == (255, 0, 0)).all()
    assert found.masks["other"] is None
    assert (found.width, found.height) == (40, 40)
    assert found.notes == (
        "It was cut out of 120 by 96 pixels; 44% of it is gone.",
        "It was resized 0.5 times, to 40 by 40 pixels (area).",
    )


def test_a_small_picture_is_enlarged_and_it_is_said() -> None:
    (note,) = apply_chain(Chain(JPEG, size=(240, 192)), PNG).notes
    assert note == "It was resized 2 times, to 240 by 192 pixels (Lanczos)."


@pytest.mark.parametrize(
    "chain",
    [
        Chain(StoredCodec("PNG")),
        Chain(JPEG, 1, (1, 2, 30, 40), (60, 80), (JPEG, StoredCodec("WEBP", 80)), (3, 4), "src-1"),
    ],
)
def test_a_chain_survives_a_table(chain: Chain) -> None:
    assert parse_chain(chain.to_json()) == chain


def test_settings_that_are_missing() -> None:
    with pytest.raises(ValueError, match="a WebP needs a quality"):
        encode_as(PIXELS, StoredCodec("WEBP"))


def test_a_piece_at_its_own_resolution_from_any_place() -> None:
    places = {fit_into((200, 100), (80, 60), "crop", number) for number in range(200)}
    assert len(places) > 150
    for crop, size in places:
        assert crop is not None
        left, top, width, height = crop
        assert (width, height, size) == (80, 60, None)
        assert 0 <= left <= 120
        assert 0 <= top <= 40
    assert fit_into((200, 100), (80, 60), "crop", 3) == fit_into((200, 100), (80, 60), "crop", 3)


def test_as_much_as_the_aspect_allows_from_the_middle() -> None:
    assert fit_into((200, 100), (80, 80), "resize") == ((50, 0, 100, 100), (80, 80))
    assert fit_into((200, 100), (100, 50), "resize") == (None, (100, 50))


@pytest.mark.parametrize("fit", ["crop", "resize"])
def test_what_fits_is_left_and_what_is_too_small_is_enlarged(fit: Fit) -> None:
    assert fit_into((64, 48), (64, 48), fit) == (None, None)
    assert fit_into((64, 48), (128, 96), fit) == (None, (128, 96))
    crop, size = fit_into((64, 64), (128, 32), fit)
    assert crop is not None
    assert (crop[2:], size) == ((64, 16), (128, 32))
