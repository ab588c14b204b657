"""The codec policy: one draw for a lineage, and a record that matches the bytes."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from curation.codecs.chain import Chain, apply_chain
from curation.codecs.policy import choose
from curation.codecs.stored import StoredCodec
from schemas.picture import Codec
from schemas.recipe.storing import CodecPolicy
from storage.codecs import decode, describe, encode_png

PIXELS = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
PNG = encode_png(PIXELS)
CAMERA = Codec("JPEG", 92, "4:2:2", saves=1, lossless=False)


def test_lossless_keeps_every_pixel() -> None:
    (stored,) = choose(CodecPolicy(), "src-1", 7)
    applied = apply_chain(Chain(stored, carried=CAMERA.saves), PNG)
    assert np.array_equal(decode(applied.image), PIXELS)
    assert applied.codec == Codec("PNG", None, None, saves=1, lossless=True)


def test_a_lineage_has_one_draw_and_lineages_differ() -> None:
    policy = CodecPolicy(policy="jpeg")
    draws = Counter(choose(policy, f"src-{i}", 7) for i in range(400))
    assert all(choose(policy, f"src-{i}", 7) == choose(policy, f"src-{i}", 7) for i in range(9))
    assert len(draws) == len(policy.qualities) * len(policy.subsamplings)
    assert min(draws.values()) > 20
    assert [choose(policy, f"src-{i}", 8) for i in range(9)] != [
        choose(policy, f"src-{i}", 7) for i in range(9)
    ]


def test_twins_are_the_lossless_picture_and_the_jpeg_of_the_other_policy() -> None:
    png, jpeg = choose(CodecPolicy(policy="twins"), "src-1", 7)
    assert png == StoredCodec("PNG")
    assert (jpeg,) == choose(CodecPolicy(policy="jpeg"), "src-1", 7)


@pytest.mark.parametrize("lineage", [f"src-{i}" for i in range(6)])
def test_the_record_says_what_the_bytes_are(lineage: str) -> None:
    for stored in choose(CodecPolicy(policy="twins"), lineage, 3):
        applied = apply_chain(Chain(stored, carried=CAMERA.saves), PNG)
        codec = applied.codec
        with Image.open(io.BytesIO(applied.image)) as image:
            assert describe(image, saves=codec.saves) == codec
        assert codec.saves == (1 if stored.format == "PNG" else 2)


def test_jpeg_needs_its_settings() -> None:
    with pytest.raises(ValueError, match="quality and a subsampling"):
        apply_chain(Chain(StoredCodec("JPEG")), PNG)
