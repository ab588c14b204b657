"""Opens any picture safely: what a camera, a scanner or an attacker wrote becomes upright sRGB."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from schemas.picture import Codec, Mask, Pixels
from storage.codecs import describe

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
"""How names of pictures end, in lower case."""
MAX_PIXELS = 89_000_000
"""More pixels than this are refused by the header alone. Just below Pillow's own limit."""

# Pillow opens some 50 formats, some through other programs; these are the ones a set is made of.
# Naming them by class imports their plugins, which Pillow would otherwise leave for later.
_FORMATS = tuple(
    str(plugin.format)
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        TiffImagePlugin.TiffImageFile,
        BmpImagePlugin.BmpImageFile,
        GifImagePlugin.GifImageFile,
    )
)
_PLAIN_MODES = frozenset({"1", "L", "RGB", "RGBX", "CMYK", "YCbCr", "HSV"})
_DEEP_MODES = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
_ICC_MODES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A profile that moves no colour by more than this many of 255 is sRGB under another name:
# converting would add rounding noise and gain nothing.
_SRGB_TOLERANCE = 4


class UnreadablePicture(Exception):
    """Bytes that are no usable picture. `reason` is a snake_case word, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def read_picture(data: bytes, min_side: int = 1) -> tuple[Pixels, Codec]:
    """The picture in `data` as read-only RGB uint8 (height, width, 3), and its encoding.

    It is turned upright by its EXIF orientation. Transparency is laid on white, 16 bits are
    rounded to 8, greys become RGB, and an ICC profile other than sRGB (wide gamut, CMYK, dot
    gain) is converted to sRGB. Pixels of a plain sRGB picture come out exactly as decoded.

    Raises `UnreadablePicture` with one of the reasons `empty`, `not_a_picture`, `broken`,
    `too_large` (over `MAX_PIXELS`), `too_small` (a side below `min_side`), `animated` (also
    several pages) and `unsupported_mode`. The three about size and frames come before decoding.
    """
    pixels, codec, _ = read_with_notes(data, min_side)
    return pixels, codec


def read_with_notes(data: bytes, min_side: int = 1) -> tuple[Pixels, Codec, tuple[str, ...]]:
    """As `read_picture`, and a sentence for each thing that was changed or left out on the way."""
    with _opened(data) as image:
        if min(image.size) < min_side:
            raise UnreadablePicture(
                "too_small",
                f"it is {image.width} by {image.height}; no side may be below {min_side} pixels",
            )
        # An MPO holds a photograph and its own previews or stereo partner: the first frame is it.
        frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        if frames > 1:
            raise UnreadablePicture("animated", f"it has {frames} frames or pages; one is wanted")
        codec = describe(image)
        image.load()
        notes = tuple(_notes(image))
        pixels = np.array(_to_srgb(_upright(image)))
    pixels.setflags(write=False)
    return pixels, codec, notes


def read_mask(data: bytes, height: int, width: int) -> Mask:
    """The read-only bool (height, width) of a mask file: True where any colour channel is not 0.

    Palette indices count as values, alpha does not. Raises `UnreadablePicture` with the reason
    `bad_mask` where the file is no picture or not of this size.
    """
    try:
        with _opened(data) as image:
            if image.size != (width, height):
                raise UnreadablePicture(
                    "bad_mask",
                    f"the mask is {image.width} by {image.height}, "
                    f"the upright picture {width} by {height}",
                )
            if image.mode in {"RGBA", "LA", "PA"}:
                image = image.convert("RGB" if image.mode == "RGBA" else "L")
            values = np.asarray(image)
    except UnreadablePicture as error:
        raise UnreadablePicture("bad_mask", f"the mask file: {error.detail}") from error
    mask: Mask = np.asarray(values != 0 if values.ndim == 2 else values.any(axis=2))
    mask.setflags(write=False)
    return mask


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """`data` as an opened picture; whatever goes wrong with it inside is `UnreadablePicture`."""
    if not data:
        raise UnreadablePicture("empty", "the file has no bytes")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadablePicture("too_large", _too_large(f"{image.width} by {image.height}"))
            yield image
    except UnreadablePicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadablePicture("too_large", _too_large("that of a bomb")) from error
    except UnidentifiedImageError as error:
        raise UnreadablePicture(
            "not_a_picture", f"its header is that of no {', '.join(_FORMATS)} file known here"
        ) from error
    # A decoder fed with hostile bytes raises nearly anything (struct.error, SyntaxError,
    # IndexError, MemoryError …), and one bad file may not stop the reading of the rest.
    except Exception as error:
        raise UnreadablePicture("broken", f"{type(error).__name__}: {error}") from error


def _too_large(size: str) -> str:
    return f"its size, {size}, is over {MAX_PIXELS // 1_000_000} megapixels; scale it down first"


def _notes(image: Image.Image) -> Iterator[str]:
    """What becomes of an opened and loaded picture on its way to upright sRGB."""
    if _turn(image) is not None:
        yield "It was turned upright as its EXIF orientation says."
    if image.mode in _DEEP_MODES or image.mode == "F":
        yield f"Its values (mode {image.mode}) were rounded to 8 bits."
    if image.has_transparency_data:
        yield "Its transparency was laid on white."
    elif image.mode not in {"RGB", "RGBX"}:
        yield f"Its colours (mode {image.mode}) were turned into RGB."
    if getattr(image, "n_frames", 1) > 1:
        yield "Only its first frame was taken."
    known = {"exif": "EXIF", "xmp": "XMP", "icc_profile": "an ICC profile", "comment": "a comment"}
    left = [name for key, name in known.items() if image.info.get(key)]
    if getattr(image, "text", None):
        left.append("text")
    if left:
        yield f"Its metadata ({', '.join(left)}) was left out."


def _upright(image: Image.Image) -> Image.Image:
    method = _turn(image)
    return image if method is None else image.transpose(method)


def _turn(image: Image.Image) -> Image.Transpose | None:
    # Only the tag is asked for; a picture is not rejected for the rest of a broken EXIF block.
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG)
    except Exception:
        orientation = None
    return _UPRIGHT.get(orientation) if isinstance(orientation, int) else None


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in _DEEP_MODES or image.mode == "F":
        image = _to_eight_bits(image)
    if image.has_transparency_data:
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
        image = flat.convert("RGB")
    elif image.mode == "P":
        image = image.convert("RGB")
    elif image.mode not in _PLAIN_MODES:
        raise UnreadablePicture("unsupported_mode", f"colour mode {image.mode} is not supported")
    return _convert_by_profile(image, profile) or image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    values: npt.NDArray[np.float64] = np.asarray(image, dtype=np.float64)
    top = 1.0 if image.mode == "F" else 65535.0
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise UnreadablePicture(
            "unsupported_mode", f"a picture of mode {image.mode} must lie between 0 and {top:g}"
        )
    return Image.fromarray(np.rint(values * (255.0 / top)).astype(np.uint8))


def _convert_by_profile(image: Image.Image, data: bytes | None) -> Image.Image | None:
    """`image` in sRGB by the ICC profile `data`; None where it is absent, unfit or sRGB itself."""
    if not data or image.mode not in _ICC_MODES:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if profile.profile.xcolor_space.strip() != _ICC_MODES[image.mode]:
            return None
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ImageCms.PyCMSError):
        return None  # A broken profile says nothing; the numbers are then sRGB's, as in a browser.
    if image.mode != "CMYK":
        probe = _probe(image.mode)
        moved = np.asarray(transform.apply(probe)).astype(int) - np.asarray(probe.convert("RGB"))
        if np.abs(moved).max() <= _SRGB_TOLERANCE:
            return None
    return transform.apply(image)


def _probe(mode: str) -> Image.Image:
    """Every grey, or 17 steps of each of red, green and blue, as a picture of `mode`."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    steps = np.linspace(0, 255, 17).round().astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return Image.fromarray(lattice.reshape(17, 17 * 17, 3))
