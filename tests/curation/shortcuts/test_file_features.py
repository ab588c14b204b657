"""What is told of a file is what its encoder did, and history is found that nobody wrote down."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from curation.shortcuts.catalogue import FEATURES
from curation.shortcuts.file_features import file_features
from schemas.picture import Pixels
from schemas.shortcuts import PIXEL_FAMILIES, SIDE_FAMILIES, Family
from sources.packaged import PICTURES, packaged_bytes
from storage.codecs import decode, encode_jpeg, encode_png
from storage.reading import UnreadablePicture


def photograph(name: str = "coffee") -> Pixels:
    """A picture that never was a JPEG."""
    picture = next(one for one in PICTURES if one.name == name)
    with Image.open(io.BytesIO(packaged_bytes(picture))) as image:
        return np.asarray(image.convert("RGB").resize((420, 300)))


def stored(form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photograph()).save(buffer, form, **options)
    return buffer.getvalue()


def test_a_jpeg_says_how_it_was_made() -> None:
    found = file_features(stored("JPEG", quality=83, subsampling=1, progressive=True, comment=b"x"))
    assert found["format"] == "JPEG"
    assert (found["width"], found["height"], found["size_step"]) == (420, 300, 4)
    assert (found["quality"], found["subsampling"], found["scan"]) == (83, "4:2:2", "progressive")
    assert found["huffman"] == "optimised"
    assert found["comment"] == 1
    assert str(found["segments"]).startswith("APP0 COM DQT DQT SOF2")
    plain = file_features(stored("JPEG", quality=83))
    assert (plain["scan"], plain["huffman"], plain["comment"]) == ("baseline", "standard", 0)
    assert plain["tables"] == found["tables"]
    assert file_features(stored("JPEG", quality=84))["tables"] != plain["tables"]


def test_restart_markers_and_exif_are_seen() -> None:
    tags = Image.Exif()
    tags[0x010F] = "Camera"
    found = file_features(stored("JPEG", exif=tags.tobytes(), restart_marker_blocks=4))
    assert found["exif"] == len(tags.tobytes())
    assert found["restart"] == 4


def test_chunks_of_png_and_webp() -> None:
    text = PngInfo()
    text.add_text("prompt", "a cup of coffee")
    found = file_features(stored("PNG", pnginfo=text, compress_level=9))
    assert found["segments"] == "IHDR tEXt IDAT IEND"
    assert (found["comment"], found["deflate"]) == (22, "best")
    assert "quality" not in found
    lossy = file_features(stored("WEBP", quality=80))
    assert (lossy["format"], lossy["segments"]) == ("WEBP", "VP8")
    assert file_features(stored("WEBP", lossless=True))["segments"] == "VP8L"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_every_format_gives_features_of_every_family(form: str) -> None:
    found = file_features(stored(form))
    families = {FEATURES[name].family for name in found}
    assert {Family.CONTAINER, Family.SIZE, Family.HISTORY, *PIXEL_FAMILIES} <= families
    for name, value in found.items():
        assert isinstance(value, str) is (FEATURES[name].kind == "name"), name
        assert isinstance(value, str) or np.isfinite(value), name
    assert list(found) == [name for name in FEATURES if name in found]


def test_only_the_families_asked_for_are_told() -> None:
    data = stored("JPEG")
    side = file_features(data, SIDE_FAMILIES)
    assert {FEATURES[name].family for name in side} == set(SIDE_FAMILIES)
    assert side == {name: value for name, value in file_features(data).items() if name in side}


def test_the_grid_of_an_earlier_jpeg_is_found_in_a_png_and_where_it_begins() -> None:
    never = file_features(encode_png(photograph()))
    assert never["grid_place"] == "no grid"
    assert float(never["grid"]) < 0.04
    once = decode(encode_jpeg(photograph(), 90, "4:2:0"))
    whole = file_features(encode_png(once))
    assert whole["grid_place"] == "at the corner"
    cut = file_features(encode_png(np.ascontiguousarray(once[3:, 6:])))
    assert (cut["grid_place"], cut["grid_x"], cut["grid_y"]) == ("shifted", 2, 5)
    assert float(cut["grid"]) > 5 * float(never["grid"])


@pytest.mark.parametrize(("first", "last"), [(60, 90), (75, 95), (80, 90)])
def test_an_earlier_save_on_the_same_grid_is_found_with_its_quality(first: int, last: int) -> None:
    once = file_features(encode_jpeg(photograph(), last, "4:2:0"))
    assert "resaved" not in once
    earlier = decode(encode_jpeg(photograph(), first, "4:2:0"))
    twice = file_features(encode_jpeg(earlier, last, "4:2:0"))
    assert float(twice["resaved"]) > 0.5
    assert abs(float(twice["first_quality"]) - first) <= 1


def test_an_earlier_save_on_another_grid_is_found() -> None:
    moved = photograph()[3:, 5:]
    once = file_features(encode_jpeg(np.ascontiguousarray(moved), 92, "4:2:0"))
    earlier = decode(encode_jpeg(photograph(), 70, "4:2:0"))[3:, 5:]
    twice = file_features(encode_jpeg(np.ascontiguousarray(earlier), 92, "4:2:0"))
    assert float(twice["second_grid"]) > 2 * float(once["second_grid"])


@pytest.mark.parametrize("side", [1, 9, 39, 47])
def test_small_and_flat_pictures_have_what_they_can(side: int) -> None:
    for value in (0, 128, 255):
        for data in (
            encode_png(np.full((side, side + 1, 3), value, np.uint8)),
            encode_jpeg(np.full((side, side + 1, 3), value, np.uint8), 90, "4:4:4"),
        ):
            found = file_features(data)
            assert all(isinstance(v, str) or np.isfinite(v) for v in found.values())


def test_what_is_no_whole_picture_is_refused() -> None:
    jpeg = stored("JPEG")
    for data, reason in (
        (b"", "empty"),
        (b"no picture", "not_a_picture"),
        (jpeg[: len(jpeg) // 2], "broken"),
        (stored("PNG")[:2000], "broken"),
    ):
        with pytest.raises(UnreadablePicture) as caught:
            file_features(data)
        assert caught.value.reason == reason
