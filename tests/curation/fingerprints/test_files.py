"""Fingerprints of files are those of their pixels, whatever the files are like."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from curation.fingerprints.files import fingerprint_file, print_file
from curation.fingerprints.phash import fingerprint
from schemas.picture import Pixels
from storage.reading import UnreadablePicture, read_picture


def photograph(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return pixels


def coffee(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(photograph("coffee")).convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def deep() -> Image.Image:
    return Image.fromarray(np.asarray(coffee("L")).astype(np.uint16) * 257)


def see_through() -> Image.Image:
    image = coffee("RGBA")
    veil = np.linspace(0, 255, image.width).astype(np.uint8)
    image.putalpha(Image.fromarray(np.tile(veil, (image.height, 1))))
    return image


def wide_gamut() -> bytes:
    """A profile with other colours: red and blue of sRGB change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


FILES = {
    "jpeg": lambda: encoded(coffee(), "JPEG"),
    "small jpeg": lambda: encoded(coffee().resize((90, 70)), "JPEG"),
    "quarter jpeg": lambda: encoded(coffee().resize((300, 200)), "JPEG"),
    "large jpeg": lambda: encoded(coffee().resize((3000, 2000)), "JPEG"),
    "narrow jpeg": lambda: encoded(coffee().resize((700, 21)), "JPEG"),
    "progressive jpeg": lambda: encoded(coffee(), "JPEG", progressive=True),
    "grey jpeg": lambda: encoded(coffee("L"), "JPEG"),
    "cmyk jpeg": lambda: encoded(coffee("CMYK"), "JPEG"),
    "rgb jpeg": lambda: encoded(coffee(), "JPEG", keep_rgb=True),
    "srgb jpeg": lambda: encoded(coffee(), "JPEG", icc_profile=srgb()),
    "wide jpeg": lambda: encoded(coffee(), "JPEG", icc_profile=wide_gamut()),
    "broken profile": lambda: encoded(coffee(), "JPEG", icc_profile=b"no profile"),
    "mpo": lambda: encoded(
        coffee(), "MPO", save_all=True, append_images=[coffee().resize((60, 40))]
    ),
    "png": lambda: encoded(coffee(), "PNG"),
    "wide png": lambda: encoded(coffee(), "PNG", icc_profile=wide_gamut()),
    "palette png": lambda: encoded(coffee().quantize(64), "PNG"),
    "16 bit png": lambda: encoded(deep(), "PNG"),
    "transparent png": lambda: encoded(see_through(), "PNG"),
    "webp": lambda: encoded(coffee(), "WEBP"),
    "tiff": lambda: encoded(coffee("CMYK"), "TIFF"),
    "bmp": lambda: encoded(coffee(), "BMP"),
    "gif": lambda: encoded(coffee(), "GIF"),
}


@pytest.mark.parametrize("kind", FILES)
def test_it_is_the_fingerprint_of_the_pixels(kind: str) -> None:
    file = FILES[kind]()
    pixels, codec = read_picture(file)
    seen = print_file(file)
    assert (seen.fingerprint ^ fingerprint(pixels)).bit_count() <= 2
    assert (seen.height, seen.width) == pixels.shape[:2]
    assert seen.codec == codec
    assert fingerprint_file(file) == seen.fingerprint


def test_the_profile_matters() -> None:
    plain, wide = (print_file(FILES[kind]()).fingerprint for kind in ("jpeg", "wide jpeg"))
    assert (plain ^ wide).bit_count() > 2


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "MPO"])
def test_it_is_upright(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = encoded(coffee(), form, exif=exif.tobytes())
    pixels, _ = read_picture(file)
    seen = print_file(file)
    assert (seen.fingerprint ^ fingerprint(pixels)).bit_count() <= 2
    assert (seen.height, seen.width) == pixels.shape[:2]


def test_orientations_of_a_file_begin_with_its_fingerprint() -> None:
    file = FILES["jpeg"]()
    mirrored = encoded(coffee().transpose(Image.Transpose.FLIP_LEFT_RIGHT), "JPEG")
    seen = print_file(file, orientations=True)
    found = seen.orientations
    assert found[0] == seen.fingerprint == fingerprint_file(file)
    assert len(found) == 8
    assert print_file(file).orientations == ()
    assert (found[4] ^ fingerprint_file(mirrored)).bit_count() <= 4


HOSTILE = {
    "nothing": b"",
    "text": b"no picture",
    "beginning": b"\xff\xd8",
    "marker": b"\xff\xd8\xff\xdb\xff\xff",
    "cut": encoded(coffee(), "JPEG")[:20_000],
    "header alone": encoded(coffee(), "JPEG")[:600],
    "cut png": encoded(coffee(), "PNG")[:20_000],
    "animated": encoded(coffee(), "GIF", save_all=True, append_images=[coffee().rotate(9)]),
    "huge": encoded(Image.new("L", (16, 16)), "JPEG").replace(
        b"\x08\x00\x10\x00\x10", b"\x08\xff\xf0\xff\xf0"
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_hostile_files_are_refused_with_a_reason(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with pytest.raises(UnreadablePicture) as expected:
            read_picture(HOSTILE[kind])
        with pytest.raises(UnreadablePicture) as found:
            fingerprint_file(HOSTILE[kind])
    assert found.value.reason == expected.value.reason


def test_every_orientation_of_a_camera(shared_data: Path) -> None:
    for scene in ("Landscape", "Portrait"):
        values = []
        for path in sorted((shared_data / "exif_orientation").glob(f"{scene}_*.jpg")):
            seen = print_file(path.read_bytes())
            values.append(seen.fingerprint)
            assert (seen.width > seen.height) == (scene == "Landscape")
        assert len(values) >= 8
        assert max((values[0] ^ value).bit_count() for value in values) <= 6
