"""Tells ink from paper around a word: the paper's shade everywhere, the ink's colour and depth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.document.geometry import Array, Frame, Window, polygon_mask, window_around
from schemas.picture import Mask, Pixels

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a window of the page around one word holds. Arrays have the window's height and width.

    `pixels` and `paper` (float32, 0..255, 3 channels): what was captured, and the same without
    ink or noise. `depth` (float32): share of the ink at a pixel, 0 for paper, 1 for the ink colour
    `ink`. `marks`: all that is not paper. `own`: the word's own strokes among them; `support`:
    these with their soft edges. `noise`: standard deviation of the paper's luminance.
    `contrast`: distance of ink and paper in RGB.
    """

    frame: Frame
    window: Window
    pixels: Array
    paper: Array
    depth: Array
    marks: Mask
    own: Mask
    support: Mask
    ink: Array
    noise: float
    contrast: float


def read_word(pixels: Pixels, frame: Frame, beyond: Array | None = None) -> Reading:
    """Separate ink and paper around `frame` on `pixels` (uint8 RGB).

    The window reaches about two heights beyond the word, and to the page points `beyond`, shape
    (n, 2), where they are given.

    Raises `CannotForge` where that cannot be done cleanly: low contrast, a busy ground, or strokes
    that run on beyond the word (rules, neighbours, handwriting).
    """
    height = frame.height
    margin = min(2.0 * height, 48.0) + 4
    corners = frame.corners()
    if beyond is not None:
        corners = np.concatenate([corners, np.clip(beyond, 0, (pixels.shape[1], pixels.shape[0]))])
    window = window_around(corners, margin, pixels.shape)
    captured = pixels[window.slices].astype(np.float32)
    quad = polygon_mask(frame.corners(), window)
    if quad.sum() < 0.9 * frame.width * frame.height:
        raise CannotForge("outside_picture", "a word reaches beyond the picture's border")
    luma = captured @ _LUMA
    near = polygon_mask(frame.corners(*[0.3 * height] * 4), window)
    dark = _marks_by_threshold(luma, near)
    paper, noise = _paper(captured, luma, dark, height)
    deviation = (paper - captured).reshape(-1, 3)
    strength = np.linalg.norm(deviation, axis=1).reshape(luma.shape)
    inside = quad & dark
    if inside.sum() < 6:
        raise CannotForge("no_ink", "a word's quad holds no ink")
    strongest = strength >= np.quantile(strength[inside], 0.8)
    towards_ink = deviation[(inside & strongest).ravel()].mean(axis=0)
    contrast = float(np.linalg.norm(towards_ink))
    if contrast < max(28.0, 5.0 * noise):
        raise CannotForge("low_contrast", "a word hardly stands out from its ground")
    depth = (deviation @ towards_ink / contrast**2).reshape(luma.shape)
    marks = depth > max(0.16, 3.0 * noise / contrast)
    own, support = _own_strokes(depth, marks, quad, frame, window, noise / contrast)
    ink = np.clip(paper[quad].mean(axis=0) - towards_ink, 0, 255)
    return Reading(frame, window, captured, paper, depth, marks, own, support, ink, noise, contrast)


def _marks_by_threshold(luma: Array, near: Mask) -> Mask:
    """A first guess of the ink: the rarer side of Otsu's threshold around the word."""
    values = np.clip(luma[near], 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(values, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    below = luma <= level
    return below if np.median(values) > level else ~below


def _paper(captured: Array, luma: Array, dark: Mask, height: float) -> tuple[Array, float]:
    """The paper's smooth shade, and the noise about it, from the pixels that bear no ink."""
    reach = 2 if height < 24 else 3
    blank = ~_grown(dark, reach)
    if blank.mean() < 0.06:
        blank = ~_grown(dark, 1)
    if blank.mean() < 0.04:
        raise CannotForge("no_paper", "there is too little blank paper around a word")
    noise = 0.0
    paper = captured
    for _ in range(2):
        paper = _smooth(captured, blank, height)
        rest = np.abs(luma - paper @ _LUMA)
        noise = 1.4826 * float(np.median(rest[blank]))
        blank = blank & (rest < max(4.0 * noise, 6.0))
    # The median absolute deviation of a clipped white is nought although specks remain.
    noise = max(noise, 0.5 * float((luma - paper @ _LUMA)[blank].std()))
    return paper, noise


def _smooth(captured: Array, blank: Mask, height: float) -> Array:
    """Normalised convolution of the blank pixels, wide where a narrow one finds too few."""
    weight = blank.astype(np.float32)
    weighted = captured * weight[..., None]
    result: Array | None = None
    for sigma in (max(16.0, 2.5 * height), max(6.0, 0.8 * height), max(2.5, 0.3 * height)):
        share = _blurred(weight, sigma)
        mean = _blurred(weighted, sigma) / np.maximum(share, 1e-4)[..., None]
        trust = np.clip(share / 0.35, 0, 1)[..., None]
        result = mean if result is None else trust * mean + (1 - trust) * result
    assert result is not None
    return result


def _blurred(image: Array, sigma: float) -> Array:
    """A Gaussian blur; wide ones on a smaller copy, which is as smooth and far quicker."""
    factor = int(sigma // 3)
    if factor < 2:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
    size = (max(1, image.shape[1] // factor), max(1, image.shape[0] // factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REFLECT)
    full = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full)


def _own_strokes(
    depth: Array, marks: Mask, quad: Mask, frame: Frame, window: Window, noise: float
) -> tuple[Mask, Mask]:
    """The word's connected strokes, and these grown by the width of their soft edges."""
    slack = max(1.5, 0.18 * frame.height)
    wide = polygon_mask(frame.corners(slack, slack, slack, slack), window)
    count, labels = cv2.connectedComponents(marks.astype(np.uint8), connectivity=8)
    total = np.bincount(labels.ravel(), minlength=count)
    within = np.bincount(labels[quad], minlength=count)
    contained = np.bincount(labels[wide], minlength=count)
    belongs = (within >= 0.5 * total) & (contained >= 0.97 * total)
    belongs[0] = False
    own = belongs[labels]
    crossing = (within > 0) & ~belongs
    crossing[0] = False
    alien = within[crossing].sum()
    if own.sum() < 6 or alien > 0.06 * own.sum() + 3:
        raise CannotForge("touching_ink", "a word's strokes touch a rule or their neighbours")
    edge = 3 if frame.height < 22 else 4
    # Sharpening and JPEG leave a halo lighter than the paper: it belongs to the strokes as well.
    faint = _grown(own, edge) & (np.abs(depth) > max(0.03, 1.2 * noise))
    support = _grown(own | faint, 1) & ~_grown(marks & ~own, 1)
    return own, support | own


def _grown(mask: Mask, reach: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), dtype=np.bool_)
