"""hOCR: the words that an OCR program read on a page, as HTML.

Breuel, "The hOCR Microformat for OCR Workflow and Results", ICDAR 2007.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sources.annotations.file_each import Files, text_of
from sources.annotations.reader import Frame, bad
from sources.annotations.shapes import word_at
from sources.marks import Marks
from sources.words import box_quad

_BOX = re.compile(r"\bbbox\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)")
_WORD_CLASSES = frozenset({"ocrx_word", "ocr_word"})
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr"})
_Box = tuple[int, int, int, int]


def marks(files: Files, frame: Frame) -> Marks:
    """The words of the one page in the file, fitted where the page was read at another size."""
    (data,) = files
    if data is None:
        return Marks()
    page = _Page()
    page.feed(text_of(data))
    page.close()
    x0, y0, x1, y1 = page.box() or (0, 0, frame.width, frame.height)
    x, y = frame.scale(y1 - y0, x1 - x0)
    words = []
    for box, text in page.words:
        left, top, right, bottom = box
        quad = box_quad((left - x0) * x, (top - y0) * y, (right - x0) * x, (bottom - y0) * y)
        words.append(word_at(quad, frame, text))
    return Marks(tuple(word for word in words if word is not None))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pages: list[_Box | None] = []
        self.words: list[tuple[_Box, str]] = []
        self._open = 0
        self._box: _Box | None = None
        self._text: list[str] = []

    def box(self) -> _Box | None:
        """The box of the one page, where it has any. Raises `UnreadablePicture`."""
        if len(self.pages) != 1:
            raise bad(f"the hOCR has {len(self.pages)} elements of class ocr_page; one is wanted")
        return self.pages[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        classes = frozenset((known.get("class") or "").split())
        found = _BOX.search(known.get("title") or "")
        box = None
        if found:
            x0, y0, x1, y1 = (int(number) for number in found.groups())
            box = x0, y0, x1, y1
        if "ocr_page" in classes:
            self.pages.append(box)
        if self._box is not None:
            self._open += tag not in _VOID
        elif classes & _WORD_CLASSES and box is not None:
            self._box, self._open, self._text = box, 1, []

    def handle_endtag(self, tag: str) -> None:
        if self._box is None:
            return
        self._open -= 1
        if self._open <= 0:
            text = "".join(self._text).strip()
            if text:
                self.words.append((self._box, text))
            self._box = None

    def handle_data(self, data: str) -> None:
        if self._box is not None:
            self._text.append(data)
