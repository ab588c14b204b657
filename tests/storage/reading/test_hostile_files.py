"""Any bytes become a picture or a reason; nothing else comes out."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from storage.reading import MAX_PIXELS, UnreadablePicture, read_picture
from tests.storage.reading.encoded_files import encoded, png, png_chunk, scene


def hostile() -> dict[str, tuple[bytes, str]]:
    """Files that must be rejected, each with the reason."""
    good = encoded(Image.fromarray(scene(200, 300)), "PNG")
    jpeg = encoded(Image.fromarray(scene(200, 300)), "JPEG")
    frames = [Image.fromarray(np.roll(scene(), 9 * n, 1)) for n in range(3)]
    several: dict[str, object] = {"save_all": True, "append_images": frames[1:]}
    many_tags = b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 64
    return {
        "empty": (b"", "empty"),
        "one_byte": (b"\xff", "not_a_picture"),
        "text": (b"not a picture at all, whatever the name says\n" * 20, "not_a_picture"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_a_picture"),
        "truncated_png": (good[: len(good) // 2], "broken"),
        "truncated_jpeg": (jpeg[: len(jpeg) // 2], "broken"),
        "damaged_png": (good[:60] + bytes(80) + good[140:], "broken"),
        "short_rows": (png(64, 64, 8, 2, b"\0" * 10), "broken"),
        "bomb": (png(30_000, 30_000, 1, 0, b""), "too_large"),
        "small_bomb": (png(10_000, 9_000, 1, 0, b""), "too_large"),
        "absurd_tiff": (many_tags, "not_a_picture"),
        "animated_gif": (encoded(frames[0], "GIF", **several), "animated"),
        "animated_webp": (encoded(frames[0], "WEBP", **several), "animated"),
        "animated_png": (encoded(frames[0], "PNG", **several), "animated"),
        "pages": (encoded(frames[0], "TIFF", **several), "animated"),
        "float": (
            encoded(Image.fromarray(np.full((64, 64), 1e6, np.float32)), "TIFF"),
            "unsupported_mode",
        ),
        "negative": (
            encoded(Image.fromarray(np.full((64, 64), -5, np.int32)), "TIFF"),
            "unsupported_mode",
        ),
        "lab": (encoded(Image.new("LAB", (64, 64)), "TIFF"), "unsupported_mode"),
    }


HOSTILE = hostile()


# Pillow warns of much that it then survives; in a run these are warnings, not errors.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_rejected_with_a_reason(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(UnreadablePicture) as caught:
        read_picture(data)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    assert MAX_PIXELS < 10_000 * 9_000
    # All rows are there: decoding would succeed, and take a hundred megabytes.
    rows = zlib.compress(b"\0" * 9_000 * (1 + 10_000 // 8), 9)
    header = struct.pack(">IIBBBBB", 10_000, 9_000, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows)
    assert len(data) < 100_000
    with pytest.raises(UnreadablePicture, match="too_large"):
        read_picture(data + png_chunk(b"IEND", b""))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"]),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12),
    keep=st.floats(0.05, 1.0),
)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_never_raise_anything_else(
    name: str, edits: list[tuple[int, int]], keep: float
) -> None:
    data = bytearray(encoded(Image.fromarray(scene()), name))
    for place, value in edits:
        data[place % len(data)] = value
    with suppress(UnreadablePicture):
        pixels, _ = read_picture(bytes(data[: max(1, int(keep * len(data)))]))
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3


def test_too_small_is_measured_against_the_limit() -> None:
    data = encoded(Image.fromarray(scene(48, 64)), "PNG")
    assert read_picture(data, min_side=48)[0].shape == (48, 64, 3)
    with pytest.raises(UnreadablePicture, match="too_small"):
        read_picture(data, min_side=49)
