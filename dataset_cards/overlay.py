"""Shows a mask on its picture: a translucent colour with a crisp outline."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageFont

from schemas.picture import Mask, Pixels

TINT = (240, 0, 140)
"""Magenta: rare in photographs and on paper, and told from both by colour-blind readers."""
PAPER = (252, 252, 250)
INK = (31, 41, 51)
QUIET = (102, 114, 127)
RULE = (222, 226, 231)

_STRENGTH = 0.36
_SUPERSAMPLED = 2
_SPECK = 3e-4
_REACH = 0.016
_LINE = 2


def fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture at `width` by `height` px, RGB uint8."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def overlay(
    pixels: Pixels, mask: Mask, width: int, height: int, colour: tuple[int, int, int] = TINT
) -> Pixels:
    """The picture at `width` by `height` px with `mask` tinted and outlined, RGB uint8.

    What lies outside of the mask is paler, so that the eye goes to the inside. Every pixel of the
    mask is tinted; the outline runs a little outside of it, around letters that stand together.
    """
    size = (width * _SUPERSAMPLED, height * _SUPERSAMPLED)
    large = fitted(pixels, *size).astype(np.float32)
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    inside = np.clip(share, 0.0, 1.0)[..., None]
    grey = large.mean(axis=2, keepdims=True)
    outside = 0.6 * large + 0.4 * (0.75 * grey + 56.0)
    tinted = (1.0 - _STRENGTH) * large + _STRENGTH * np.array(colour, np.float32)
    drawn = np.clip(np.rint(inside * tinted + (1.0 - inside) * outside), 0, 255).astype(np.uint8)
    # Closed and widened, so that the outline of a word does not cover its letters.
    reach = round(_REACH * max(size))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inner = (share > 0.5).astype(np.uint8)
    room = cv2.copyMakeBorder(inner, *(2 * reach,) * 4, cv2.BORDER_CONSTANT)
    closed = cv2.dilate(cv2.morphologyEx(room, cv2.MORPH_CLOSE, kernel), kernel[::2, ::2])
    outlines, _ = cv2.findContours(
        closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=(-2 * reach, -2 * reach)
    )
    least = _SPECK * size[0] * size[1]
    outlines = [outline for outline in outlines if cv2.contourArea(outline) >= least]
    cv2.drawContours(drawn, outlines, -1, colour, _LINE * _SUPERSAMPLED, cv2.LINE_AA)
    return fitted(drawn, width, height)


@cache
def typeface(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans as it comes inside matplotlib, `size` px high."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", name)
    # Pillow's own layout: the other engine is not in every build and sets letters differently.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
