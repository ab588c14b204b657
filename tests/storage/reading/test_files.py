"""Pictures and masks come out whole and upright, with how they were encoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.reading import UnreadablePicture, read_mask, read_picture
from tests.storage.reading.encoded_files import encoded, scene


@pytest.mark.parametrize("name", ["PNG", "TIFF", "BMP"])
def test_plain_pictures_come_out_exactly_and_read_only(name: str) -> None:
    pixels, codec = read_picture(encoded(Image.fromarray(scene()), name))
    np.testing.assert_array_equal(pixels, scene())
    assert not pixels.flags.writeable
    assert codec.format == name
    assert codec.lossless


def test_a_jpeg_tells_how_it_was_encoded() -> None:
    data = encoded(Image.fromarray(scene()), "JPEG", quality=83, subsampling=2)
    _, codec = read_picture(data)
    assert (codec.quality, codec.subsampling, codec.saves) == (83, "4:2:0", 1)
    assert not codec.lossless


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(name: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = Image.fromarray(scene())
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if name == "WEBP" else {}
    pixels, _ = read_picture(encoded(stored, name, exif=exif, **options))
    assert pixels.shape == scene().shape
    assert np.abs(pixels.astype(int) - scene()).mean() < 6


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_broken_exif_block_rejects_no_picture() -> None:
    data = encoded(Image.fromarray(scene()), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff junk")
    assert read_picture(data)[0].shape == scene().shape


def test_photographs_with_previews_are_no_animations() -> None:
    image = Image.fromarray(scene())
    data = encoded(image, "MPO", save_all=True, append_images=[image.resize((32, 24))])
    pixels, codec = read_picture(data)
    assert pixels.shape == scene().shape
    assert codec.format == "MPO"


def test_masks_are_true_where_any_colour_is_not_black() -> None:
    expected = np.zeros((48, 64), np.bool_)
    expected[10:20, 5:40] = True
    grey = Image.fromarray(expected.astype(np.uint8) * 3)
    palette = Image.fromarray(expected.astype(np.uint8))
    palette.putpalette([9, 9, 9, 0, 0, 0])
    assert palette.mode == "P"
    no_red = Image.merge("RGB", (Image.new("L", grey.size), grey, grey))
    clear = grey.convert("RGBA")
    clear.putalpha(0)
    masks = (grey, palette, no_red, clear, Image.fromarray(expected), grey.convert("LA"))
    for image in masks:
        np.testing.assert_array_equal(read_mask(encoded(image, "PNG"), 48, 64), expected)


@pytest.mark.parametrize("data", [b"", b"junk", encoded(Image.new("L", (64, 49)), "PNG")])
def test_bad_masks_are_rejected(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match="bad_mask"):
        read_mask(data, 48, 64)


def test_real_orientations_agree(shared_data: Path) -> None:
    folder = shared_data / "exif_orientation"
    for view in ("Landscape", "Portrait"):
        upright = read_picture((folder / f"{view}_1.jpg").read_bytes())[0].astype(int)
        for number in range(2, 9):
            other = read_picture((folder / f"{view}_{number}.jpg").read_bytes())[0]
            assert other.shape == upright.shape
            assert np.abs(other - upright).mean() < 8


def test_camera_originals_are_read(shared_data: Path) -> None:
    for path in sorted((shared_data / "camera_originals").glob("*.jpg")):
        pixels, codec = read_picture(path.read_bytes())
        assert min(pixels.shape[:2]) >= 768
        assert codec.format == "JPEG"
        assert not codec.lossless
