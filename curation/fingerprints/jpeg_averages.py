"""The average of every 8 by 8 pixels of a JPEG file's luminance, without decoding the rest of it.

The zero frequency of a block is its average. A decoder that scales by an eighth reads all the
frequencies and then uses this one; here the others are stepped over, which takes a third of the
time, and of a progressive file most scans are not looked into at all. The values are the same.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from curation.fingerprints.jpeg_codes import BITS, PADDING, tabulate, unstuff
from curation.fingerprints.jpeg_header import Headers, Scan, Unsuitable
from curation.fingerprints.jpeg_walk import read_averages, refine_averages
from curation.fingerprints.thumbnails import Grey

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_Tables = tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]


def block_averages(data: bytes, height: int, width: int) -> Grey | None:
    """Luminance of a file of `height` by `width` pixels, uint8 (ceil(height/8), ceil(width/8)).

    Bit for bit what libjpeg gives at an eighth of the size. None where what is read of the file is
    not sound, or it has no end, or is coded in a way that few are (arithmetic codes, RGB, CMYK,
    12 bits): a whole decoder has to look at those.
    """
    try:
        return _block_averages(data, height, width)
    except (Unsuitable, LookupError, ValueError, struct.error):
        return None


def _block_averages(data: bytes, height: int, width: int) -> Grey:
    headers = Headers(data)
    scan = headers.next_scan(0)
    if scan is None or (headers.height, headers.width) != (height, width):
        raise Unsuitable("it has no scan, or another size than was found before")
    luminance = headers.components[0]
    rows, columns = _ceil(height, 8), _ceil(width, 8)
    down, across = _ceil(rows, luminance.down), _ceil(columns, luminance.across)
    values = np.zeros((down * luminance.down, across * luminance.across), np.int32)
    step = None
    while scan is not None:
        if scan.first == 0 and any(index == 0 for index, _, _ in scan.components):
            if step is None:
                step = np.int32(headers.steps[luminance.table])
            # The units of a lone component are single blocks, and none lies outside the picture.
            alone = len(scan.components) == 1
            end = _read(headers, scan, (rows, columns) if alone else values.shape, values)
        else:
            end = _end(data, scan)
        scan = headers.next_scan(end)
    if step is None:
        raise Unsuitable("no scan holds its luminance")
    averages = ((values[:rows, :columns] * step + 4) >> 3) + 128
    return np.clip(averages, 0, 255).astype(np.uint8)


def _read(
    headers: Headers, scan: Scan, size: tuple[int, int], values: npt.NDArray[np.int32]
) -> int:
    """Read the luminance of a scan of `size` blocks into `values`; where the scan ends."""
    if headers.progressive != (scan.last == 0):
        raise Unsuitable("a scan mixes what may not be mixed")
    luminance = headers.components[0]
    unit = (luminance.down, luminance.across) if len(scan.components) > 1 else (1, 1)
    units = (size[0] // unit[0]) * (size[1] // unit[1])
    most = _ceil(units, headers.restart) if headers.restart else 1
    segments: npt.NDArray[np.int64] = np.empty(most + 1, np.int64)
    coded = np.frombuffer(headers.data, np.uint8)
    bits: npt.NDArray[np.uint8] = np.empty(coded.size - scan.start + PADDING * most, np.uint8)
    end, count = unstuff(coded, scan.start, bits, segments)
    if end < 0:
        raise Unsuitable("a scan has no end")
    segments = segments[: count + 1]
    bits = bits[: segments[-1]]
    if scan.high:
        sound = refine_averages(
            bits,
            segments,
            headers.restart,
            _blocks(headers, scan, ()),
            unit,
            size,
            scan.low,
            values,
        )
    else:
        dc = sorted({name for _, name, _ in scan.components})
        ac = [] if headers.progressive else sorted({name for _, _, name in scan.components})
        tables = _tables(
            tuple(headers.huffman[name] for name in dc), tuple(headers.huffman[name] for name in ac)
        )
        blocks = _blocks(headers, scan, (*dc, *ac))
        sound = read_averages(
            bits, segments, headers.restart, *tables, blocks, unit, size, scan.low,
            headers.progressive, values,
        )  # fmt: skip
    if not sound:
        raise Unsuitable("a scan is not sound")
    return int(end)


def _blocks(headers: Headers, scan: Scan, names: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """The blocks of a unit as `read_averages` takes them; `names` are the tables'."""
    blocks = []
    for index, dc, ac in scan.components:
        part = headers.components[index]
        tables = [names.index(name) if name in names else 0 for name in (dc, ac)]
        lone = len(scan.components) == 1
        for place in product(range(1 if lone else part.down), range(1 if lone else part.across)):
            blocks.append([*tables, *(place if index == 0 else (-1, -1))])
    return np.array(blocks, np.int64)


@lru_cache(maxsize=16)
def _tables(dc: tuple[bytes, ...], ac: tuple[bytes, ...]) -> _Tables:
    """`tabulate` of each code, one behind the other. Many files have the same codes."""
    codes = (*dc, *ac)
    symbols = np.empty((len(codes), 1 << 16), np.uint16)
    strides = np.empty((len(codes), 1 << BITS), np.uint16)
    for number, code in enumerate(codes):
        some = strides[number] if number >= len(dc) else strides[0, :0]  # Only AC codes need them.
        if not tabulate(np.frombuffer(code, np.uint8), symbols[number], some):
            raise Unsuitable("a Huffman code is none")
    return symbols.ravel(), strides.ravel()


def _end(data: bytes, scan: Scan) -> int:
    """Where a scan ends of which nothing is wanted."""
    found = _MARKER.search(data, scan.start)
    if found is None:
        raise Unsuitable("a scan has no end")
    return found.start()


def _ceil(count: int, size: int) -> int:
    return -(-count // size)
