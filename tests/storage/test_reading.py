"""Any bytes become a picture or a reason; nothing else comes out."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from storage.reading import MAX_PIXELS, UnreadablePicture, read_mask, read_picture

Array = npt.NDArray[np.uint8]


def scene(height: int = 48, width: int = 64) -> Array:
    """A smooth picture that is different in every corner and channel."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [x * 255 / (width - 1), y * 255 / (height - 1), (x + y) * 120 / (height + width)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=name, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def icc_profile(space: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """The bytes of an ICC version 2 profile with these tags (ICC.1:2001-04)."""
    table, body = struct.pack(">I", len(tags)), b""
    for signature, data in tags.items():
        table += struct.pack(">4sII", signature, 132 + 12 * len(tags) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s", 132 + len(table) - 4 + len(body), b"test", 0x02100000, kind, space,
        b"XYZ " if kind == b"mntr" else b"Lab ", b"\x07\xea\0\1\0\1" + b"\0" * 6, b"acsp",
    )  # fmt: skip
    white = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header.ljust(68, b"\0") + white + b"\0" * 48 + table + body


def wide_gamut_profile() -> bytes:
    """Adobe RGB (1998)'s primaries, adapted to D50, with a gamma of 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256))
    return icc_profile(
        b"RGB ",
        b"mntr",
        {
            b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + b"\0" * 78,
            b"wtpt": xyz(0.9642, 1.0, 0.8249),
            b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
            b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
            b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
            b"rTRC": gamma,
            b"gTRC": gamma,
            b"bTRC": gamma,
        },
    )


def odd_ink_profile() -> bytes:
    """A CMYK profile whose cyan ink prints a dark red: nobody gets there without reading it."""
    corners = []
    for index in range(16):
        cyan, magenta, yellow, black = ((index >> shift) & 1 for shift in (3, 2, 1, 0))
        lightness = 100 - 60 * cyan - 30 * magenta - 10 * yellow - 95 * black
        corners.append((max(0, lightness) * 255 // 100, 128 + 60 * cyan, 128 + 40 * cyan))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix
    lut += ramp * 4 + bytes(v for corner in corners for v in corner) + ramp * 3
    description = b"desc\0\0\0\0" + struct.pack(">I", 4) + b"odd\0" + b"\0" * 78
    return icc_profile(b"CMYK", b"prtr", {b"desc": description, b"A2B0": lut, b"A2B1": lut})


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


def test_too_small_is_measured_against_the_limit() -> None:
    data = encoded(Image.fromarray(scene(48, 64)), "PNG")
    assert read_picture(data, min_side=48)[0].shape == (48, 64, 3)
    with pytest.raises(UnreadablePicture, match="too_small"):
        read_picture(data, min_side=49)


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
