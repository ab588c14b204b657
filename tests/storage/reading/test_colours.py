"""Whatever colours are stored in, they come out as they look, in sRGB."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from storage.reading import read_picture
from tests.storage.reading.encoded_files import encoded, png, scene
from tests.storage.reading.profiles import odd_ink_profile, wide_gamut_profile


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (64, 48), 1)
        image.putpalette([10, 20, 30, 200, 100, 50])
        image.paste(0, (0, 0, 32, 48))
        data = encoded(image, "PNG", transparency=1)
        opaque: object = [10, 20, 30]
    else:
        image = Image.new(mode, (64, 48), (40, 0) if mode == "LA" else (40, 50, 60, 0))
        image.paste((40, 255) if mode == "LA" else (40, 50, 60, 255), (0, 0, 32, 48))
        data = encoded(image, "PNG")
        opaque = [40, 40, 40] if mode == "LA" else [40, 50, 60]
    pixels, _ = read_picture(data)
    assert (pixels[:, :32] == opaque).all()
    assert (pixels[:, 32:] == 255).all()


def test_sixteen_bit_greys_are_rounded_to_eight() -> None:
    values = np.linspace(0, 65535, 64 * 48).round().astype(np.uint16).reshape(48, 64)
    expected = np.rint(values / 257.0).astype(np.uint8)
    for name in ("PNG", "TIFF"):
        pixels, _ = read_picture(encoded(Image.fromarray(values), name))
        np.testing.assert_array_equal(pixels, np.repeat(expected[..., None], 3, axis=-1))


def test_sixteen_bit_colours_keep_their_brightness() -> None:
    deep = scene().astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    pixels, _ = read_picture(png(64, 48, 16, 2, rows))
    assert np.abs(pixels.astype(int) - scene()).max() <= 1


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_greys_and_palettes_become_rgb(mode: str) -> None:
    image = Image.fromarray(scene()).convert(mode)
    pixels, _ = read_picture(encoded(image, "PNG"))
    np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))


def test_a_profile_of_plain_srgb_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, _ = read_picture(encoded(Image.fromarray(scene()), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(pixels, scene())


def test_wide_gamut_is_converted() -> None:
    plain = np.full((32, 32, 3), (200, 120, 90), np.uint8)
    data = encoded(Image.fromarray(plain), "PNG", icc_profile=wide_gamut_profile())
    red, green, blue = read_picture(data)[0][0, 0].astype(int)
    assert red > 210  # Adobe RGB's (200, 120, 90) is a redder colour than sRGB's.
    assert abs(green - 120) <= 4
    assert blue < 90


def test_a_broken_or_unfit_profile_is_passed_over() -> None:
    for profile in (b"no profile at all", wide_gamut_profile()[:200], odd_ink_profile()):
        pixels, _ = read_picture(encoded(Image.fromarray(scene()), "PNG", icc_profile=profile))
        np.testing.assert_array_equal(pixels, scene())


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_cmyk_is_converted_with_and_without_profile(name: str) -> None:
    cyan = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    red, green, blue = read_picture(encoded(cyan, name))[0][16, 16].astype(int)
    assert red < 10
    assert min(green, blue) > 245
    printed = read_picture(encoded(cyan, name, icc_profile=odd_ink_profile()))[0][16, 16]
    assert printed[0] > printed[1] + 60  # Its cyan ink is red.


def test_adobes_inverted_cmyk_is_not_a_negative() -> None:
    white = Image.new("CMYK", (32, 32), (0, 0, 0, 0))
    data = encoded(white, "JPEG")
    assert b"Adobe" in data
    assert (read_picture(data)[0] > 250).all()
