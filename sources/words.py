"""Finds the words of a page: their boxes by layout alone, or boxes and text by Tesseract."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from schemas.errors import MissingExtraError
from schemas.picture import Pixels, Word

# In units of the height of the letters involved.
_RUN = 1.3
"""Run length of the smoothing: letters up to this far apart are of one line."""
_GAPS = (0.30, 0.75)
"""Least and greatest gap that may part two words; between them the page itself decides."""
_STRIP = (0.2, 0.9)
"""The part of a letter's height that is smeared: its neighbours on the line have ink there, the
lines above and below have none."""

_Boxes = npt.NDArray[np.int64]


def find_words(pixels: Pixels) -> tuple[Word, ...]:
    """The words of a page (RGB uint8, height, width, 3) as upright boxes, unread, line by line.

    The run-length smoothing of Wong, Casey and Wahl ("Document Analysis System", IBM Journal of
    Research and Development 26(6), 1982), with run lengths that follow each letter's own height:
    dark connected components are letters, letters whose smears touch are of one line, and a line
    is parted into words at its wide gaps. Ruled lines, frames, pictures and specks are left out.
    It finds dark text on a lighter ground that is tilted by at most a few degrees.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.uint8)
    letters, height = _find_letters(grey)
    lines = _join_lines(letters, height, grey.shape)
    import os
    limit = _limit(np.concatenate([_gaps(l) for l in lines]+[np.empty(0)]), 0.45)
    words = [word for line in lines for word in _part(line, limit)]
    words = [w for w in words if w[3]-w[1] >= 0.5*height]
    return tuple(Word(box_quad(*box)) for box in words)


def box_quad(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    """The corners of an upright box in the order of `Word.quad`."""
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _find_letters(grey: npt.NDArray[np.uint8]) -> _Boxes:
    block = max(31, min(grey.shape) // 20 | 1)
    ink = cv2.adaptiveThreshold(
        grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 14
    ).astype(np.uint8)
    height = _letter_height(_components(ink))
    if not height: return np.empty((0,4),np.int64), 0.0
    run = max(24, round(3 * height))
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
    rules = cv2.dilate(across | down, np.ones((3, 3), np.uint8))
    ink[rules > 0] = 0
    boxes = _components(ink)
    w, h = boxes[:, 2], boxes[:, 3]
    keep = (np.maximum(w, h) >= max(2, 0.15 * height)) & (h <= 6 * height) & (w <= 15 * np.maximum(h, height))
    keep &= ~((h > 1.8 * height) & (h > 5 * w)) & ~((w > 2.5 * height) & (w > 5 * h))
    return boxes[keep], height


def _components(ink: npt.NDArray[np.uint8]) -> _Boxes:
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return stats[1:, :4].astype(np.int64)


def _letter_height(boxes: _Boxes) -> float:
    w, h = boxes[:, 2], boxes[:, 3]
    plausible = h[(h >= 5) & (w >= 2) & (w <= 4 * h) & (h <= 8 * w)]
    return float(np.median(plausible)) if plausible.size else 0.0


def _join_lines(letters, height, shape):
    smear = np.zeros(shape, np.uint8)
    for x, y, w, h in letters:
        reach = max(1, round(_RUN * max(h, 0.6 * height) / 2))
        top, bottom = y + int(_STRIP[0] * h), y + round(_STRIP[1] * h)
        smear[top : max(bottom, top + 1), max(0, x - reach) : x + w + reach] = 1
    _, labels = cv2.connectedComponents(smear, connectivity=4)
    line_of = labels[letters[:, 1] + letters[:, 3] // 2, letters[:, 0] + letters[:, 2] // 2]
    order = np.lexsort((letters[:, 0], line_of))
    return np.split(letters[order], np.flatnonzero(np.diff(line_of[order])) + 1) if len(letters) else []

def _gaps(line):
    end = np.maximum.accumulate(line[:, 0] + line[:, 2])
    h = line[:, 3]
    return np.clip((line[1:, 0] - end[:-1]) / max(1.0, np.median(h[h>=h.max()*0.4])), 0, None)

def _limit(gaps, default):
    import os
    g = np.sort(np.minimum(gaps, 0.9))
    n = len(g)
    if n < 5: return default
    k = np.arange(1, n)
    c = np.cumsum(g)
    lo, hi = c[:-1] / k, (c[-1] - c[:-1]) / (n - k)
    v = k * (n - k) * (hi - lo) ** 2
    i = int(np.argmax(v))
    if hi[i] - lo[i] < float(os.environ.get('SEP', .2)): return default
    return float(np.clip((g[i] + g[i + 1]) / 2, float(os.environ.get('LO',.2)), .75))

def _part(line, default):
    for w in np.split(line, np.flatnonzero(_gaps(line) > _limit(_gaps(line), default)) + 1):
        a=w[:, :2].min(0); b=(w[:, :2]+w[:, 2:]).max(0)
        yield int(a[0]),int(a[1]),int(b[0]),int(b[1])
