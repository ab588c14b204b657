"""Finds the words of a page: their boxes by layout alone, or boxes and text by Tesseract."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.errors import MissingExtraError
from schemas.picture import Pixels, Word

# Lengths along a line are in units of the height of its letters.
_RUN = 1.3
"""Run length of the smoothing: letters up to this far apart are of one line."""
_STRIP = (0.2, 0.9)
"""The part of a letter's height that is smeared: its neighbours on the line have ink there, the
lines above and below have none."""
_USUAL_GAP = 0.45
_GAPS = (0.18, 0.75)
"""The least and greatest gap that may part two words, whatever the line's own gaps say."""
_CLEAR = 0.22
"""Gaps within and between words are told apart where their means differ by at least this."""

_Box = tuple[int, int, int, int]
_Boxes = npt.NDArray[np.int64]
_Grey = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.float64]


def words_by(program: str, pixels: Pixels) -> tuple[Word, ...]:
    """The words of a page by what a recipe calls `ocr`: layout or tesseract."""
    return read_words(pixels) if program == "tesseract" else find_words(pixels)


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
    if not len(letters):
        return ()
    lines = _join_lines(letters, height, grey.shape)
    gaps = [_gaps(line) for line in lines]
    usual = _gap_between_words(np.concatenate(gaps), _USUAL_GAP)
    found = [
        box
        for line, line_gaps in zip(lines, gaps, strict=True)
        for box in _part(line, line_gaps > _gap_between_words(line_gaps, usual))
    ]
    return tuple(
        Word(box_quad(x0, y0, x1, y1))
        for x0, y0, x1, y1 in found
        if y1 - y0 >= 0.5 * height and x1 - x0 >= 0.3 * height
    )


def read_words(pixels: Pixels) -> tuple[Word, ...]:
    """The words that Tesseract reads on a page (RGB uint8, height, width, 3), with their text.

    Raises `MissingExtraError` where the package pytesseract or the tesseract program is missing.
    """
    try:
        import pytesseract
    except ImportError as error:
        raise MissingExtraError("ocr", "pytesseract", "Reading words (ocr: tesseract)") from error
    try:
        table = pytesseract.image_to_data(
            Image.fromarray(np.ascontiguousarray(pixels)),
            output_type=pytesseract.Output.DICT,
        )
    except pytesseract.TesseractNotFoundError as error:
        raise MissingExtraError(
            "ocr",
            "the tesseract program (a system package: tesseract-ocr)",
            "Reading words (ocr: tesseract)",
        ) from error
    columns = ("left", "top", "width", "height", "text", "conf")
    return tuple(
        Word(box_quad(left, top, left + width, top + height), str(text).strip())
        for left, top, width, height, text, confidence in zip(
            *(table[column] for column in columns), strict=True
        )
        # Rows of blocks, paragraphs and lines come with a confidence of -1.
        if float(confidence) >= 0 and str(text).strip()
    )


def box_quad(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    """The corners of an upright box in the order of `Word.quad`."""
    return (
        (float(x0), float(y0)),
        (float(x1), float(y0)),
        (float(x1), float(y1)),
        (float(x0), float(y1)),
    )


def _find_letters(grey: _Grey) -> tuple[_Boxes, float]:
    """Boxes (n, 4) of left, top, width, height that may be letters, and their usual height."""
    block = max(31, min(grey.shape) // 20 | 1)
    ink = cv2.adaptiveThreshold(
        grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 14
    ).astype(np.uint8)
    boxes = _components(ink)
    w, h = boxes[:, 2], boxes[:, 3]
    likely = h[(h >= 5) & (w >= 2) & (w <= 4 * h) & (h <= 8 * w)]
    if not likely.size:
        return np.empty((0, 4), np.int64), 0.0
    height = float(np.median(likely))
    # Rules go before the letters that stand on them or touch them are looked for.
    run = max(24, round(3 * height))
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
    ink[cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8)) > 0] = 0
    boxes = _components(ink)
    w, h = boxes[:, 2], boxes[:, 3]
    speck = np.maximum(w, h) < max(2.0, 0.15 * height)
    picture = (h > 6 * height) | (w > 15 * np.maximum(h, height))
    rest_of_rule = ((h > 1.8 * height) & (h > 5 * w)) | ((w > 2.5 * height) & (w > 5 * h))
    return boxes[~(speck | picture | rest_of_rule)], height


def _components(ink: _Grey) -> _Boxes:
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2]
    return stats[1:, :4].astype(np.int64)


def _join_lines(letters: _Boxes, height: float, shape: tuple[int, ...]) -> list[_Boxes]:
    """The letters of each line from left to right, the lines from top to bottom."""
    smear = np.zeros(shape, np.uint8)
    for x, y, w, h in letters.tolist():
        reach = max(1, round(_RUN * max(h, 0.6 * height) / 2))  # A full stop reaches far, too.
        top, bottom = y + int(_STRIP[0] * h), y + round(_STRIP[1] * h)
        smear[top : max(bottom, top + 1), max(0, x - reach) : x + w + reach] = 1
    labels = cv2.connectedComponents(smear, connectivity=4)[1]
    line_of = labels[letters[:, 1] + letters[:, 3] // 2, letters[:, 0] + letters[:, 2] // 2]
    order = np.lexsort((letters[:, 1], letters[:, 0], line_of))
    lines = np.split(letters[order], np.flatnonzero(np.diff(line_of[order])) + 1)
    return sorted(lines, key=lambda line: (float(np.median(line[:, 1] + line[:, 3])), *line[0]))


def _gaps(line: _Boxes) -> _Numbers:
    """The free space before each letter but the first, over the height of the line's letters."""
    end = np.maximum.accumulate(line[:, 0] + line[:, 2])
    heights = line[:, 3]
    usual = float(np.median(heights[heights >= 0.4 * heights.max()]))
    gaps: _Numbers = np.clip((line[1:, 0] - end[:-1]) / usual, 0.0, None)
    return gaps


def _gap_between_words(gaps: _Numbers, default: float) -> float:
    """The gap that best parts `gaps` into narrow and wide ones (Otsu 1979); `default` if none."""
    # Beyond a certain width a gap parts columns: how wide it is says nothing about words.
    g = np.sort(np.minimum(gaps, 0.9))
    if len(g) < 5:
        return default
    narrow = np.arange(1, len(g))
    wide = len(g) - narrow
    sums = np.cumsum(g)[:-1]
    difference = (g.sum() - sums) / wide - sums / narrow
    best = int(np.argmax(narrow * wide * difference**2))
    if difference[best] < _CLEAR:
        return default
    return float(np.clip((g[best] + g[best + 1]) / 2, *_GAPS))


def _part(line: _Boxes, starts_word: npt.NDArray[np.bool_]) -> Iterator[_Box]:
    """The boxes (x0, y0, x1, y1) of a line's words."""
    for word in np.split(line, np.flatnonzero(starts_word) + 1):
        x0, y0 = word[:, :2].min(axis=0).tolist()
        x1, y1 = (word[:, :2] + word[:, 2:]).max(axis=0).tolist()
        yield x0, y0, x1, y1
