"""Reads what stands before and between the scans of a JPEG file: frame, tables, scans.

The names are those of the standard (ITU-T T.81, 1992), appendix B.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_HUFFMAN, _START, _END, _SCAN, _QUANTISATION, _RESTART, _ADOBE = (
    0xC4, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xEE
)  # fmt: skip
# Frames that are neither baseline nor progressive Huffman: lossless, differential, arithmetic.
_OTHER_FRAMES = frozenset({*range(0xC3, 0xD0)} - {_HUFFMAN, 0xC8, 0xCC})
_RGB = (82, 71, 66)


class Unsuitable(Exception):
    """A file that is not as the standard has it, or uses what is left to a whole decoder."""


@dataclass(frozen=True, slots=True)
class Component:
    """One of luminance and chrominances: blocks across and down in a unit, quantisation table."""

    identifier: int
    across: int
    down: int
    table: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan: (index of component, Huffman table of DC, of AC) of each component, and its range.

    `first` and `last` frequency in zigzag order; `high` and `low` bit of successive approximation;
    `start`, where its entropy-coded bytes begin.
    """

    components: tuple[tuple[int, int, int], ...]
    first: int
    last: int
    high: int
    low: int
    start: int


@dataclass(slots=True)
class Headers:
    """What was read so far; `next_scan` reads on.

    `huffman`: by class * 16 + identifier, 16 counts of codes by length and their symbols.
    `steps`: of quantisation table, the step of the zero frequency.
    """

    data: bytes
    height: int = 0
    width: int = 0
    progressive: bool = False
    components: tuple[Component, ...] = ()
    huffman: dict[int, bytes] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)
    restart: int = 0

    def next_scan(self, place: int) -> Scan | None:
        """The scan whose header follows from `place`, a marker; None at the end of the picture.

        Raises `Unsuitable`, `IndexError` or `struct.error` where there is no such thing.
        """
        while True:
            if self.data[place] != 0xFF:
                raise Unsuitable("there is no marker where one must be")
            marker = self.data[place + 1]
            if marker == 0xFF:  # A filling byte.
                place += 1
                continue
            if marker == _END:
                return None
            if marker == _START:
                place += 2
                continue
            (length,) = struct.unpack_from(">H", self.data, place + 2)
            body = self.data[place + 4 : place + 2 + length]
            place += 2 + length
            if marker == _SCAN:
                return self._scan(body, place)
            self._read(marker, body)

    def _read(self, marker: int, body: bytes) -> None:
        if marker == _QUANTISATION:
            while body:
                wide, name = divmod(body[0], 16)
                self.steps[name] = struct.unpack_from(">H" if wide else "B", body, 1)[0]
                body = body[129 if wide else 65 :]
        elif marker == _HUFFMAN:
            while body:
                end = 17 + sum(body[1:17])
                self.huffman[body[0]] = body[1:end]
                body = body[end:]
        elif marker == _RESTART:
            (self.restart,) = struct.unpack(">H", body)
        elif marker in (_BASELINE, _EXTENDED, _PROGRESSIVE):
            self._frame(body)
            self.progressive = marker == _PROGRESSIVE
        elif marker in _OTHER_FRAMES:
            raise Unsuitable("it is coded in a way that few files are")
        elif marker == _ADOBE and body[:5] == b"Adobe" and body[11] == 0 and len(body) >= 12:
            raise Unsuitable("its components are no luminance and chrominances")

    def _frame(self, body: bytes) -> None:
        precision, self.height, self.width, count = struct.unpack_from(">BHHB", body)
        if self.components or precision != 8 or count not in (1, 3):
            raise Unsuitable("it has another frame than one of 8 bits and of one or three parts")
        found = [body[6 + 3 * index : 9 + 3 * index] for index in range(count)]
        self.components = tuple(
            Component(one[0], one[1] >> 4, one[1] & 15, one[2]) for one in found
        )
        first = self.components[0]
        if tuple(one.identifier for one in self.components) == _RGB or not all(
            1 <= one.across <= first.across <= 4 and 1 <= one.down <= first.down <= 4
            for one in self.components
        ):
            raise Unsuitable("its first component is no luminance in full resolution")

    def _scan(self, body: bytes, start: int) -> Scan:
        names: Sequence[int] = [one.identifier for one in self.components]
        count = body[0]
        parts = [(body[1 + 2 * i], *divmod(body[2 + 2 * i], 16)) for i in range(count)]
        first, last, approximation = body[1 + 2 * count : 4 + 2 * count]
        if not parts or any(name not in names for name, _, _ in parts):
            raise Unsuitable("a scan names a component that the frame does not")
        return Scan(
            tuple((names.index(name), dc, 16 + ac) for name, dc, ac in parts),
            first,
            last,
            *divmod(approximation, 16),
            start,
        )
