"""Masks in Label Studio's own run-length code, and back.

The code is that of thi.ng's rle-pack over the bytes of an RGBA picture: a header of 53 bits (32 of
length, 5 of word size, four times 4 of run sizes), then tokens. A token is one bit (a run of one
value, or values as they are), two bits that choose a run size, that many bits of length less one,
and one value or as many as the length says. Label Studio's SDK writes it bit by bit in Python;
here whole masks are packed at once, to the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from annotation.label_studio.errors import ReviewError
from schemas.picture import Mask

MOST_REGIONS = 5
_CHANNELS = 4
_WORD = 8
_SIZES = (3, 4, 8, 16)
_HEADER_BITS = 32 + 5 + 4 * len(_SIZES)
_LONGEST = 1 << _SIZES[-1]
_OPAQUE = 128
_ALL = (1 << 64) - 1
_LEAST_AREA = 16
_LEAST_SHARE = 2e-4


def encode_brush(mask: Mask) -> list[int]:
    """The code (bytes as integers 0..255) of a bool array (height, width).

    Byte for byte what `label_studio_sdk.converter.brush.mask2rle` makes of `mask * 255`.
    """
    if mask.dtype != np.bool_ or mask.ndim != 2:
        raise ValueError(f"a mask is a 2-D bool array, not {mask.dtype} of shape {mask.shape}")
    flat = mask.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])[: flat.size]
    runs = np.diff(np.concatenate([starts, [flat.size]])) * _CHANNELS
    lengths, values = _split(runs.astype(np.int64), np.where(flat[starts], 255, 0))
    size = np.searchsorted([8, 16, 256], lengths, side="left")
    # What is left of a run that was split keeps the longest size, however short it is.
    size = np.where(_of_long_runs(runs), len(_SIZES) - 1, size)
    bits = np.asarray(_SIZES, dtype=np.int64)[size]
    tokens = (((1 << 2 | size) << bits) | (lengths - 1)) << _WORD | values
    widths = 3 + bits + _WORD
    header = _bits_of(np.array([flat.size * _CHANNELS], dtype=np.int64), np.array([32]))
    sizes = _bits_of(np.array([_WORD - 1, *(s - 1 for s in _SIZES)]), np.array([5, 4, 4, 4, 4]))
    stream = np.concatenate([header, sizes, _bits_of(tokens, widths)])
    # The SDK fills up a whole byte where none is needed.
    padding = np.zeros(8 - stream.size % 8, dtype=np.uint8)
    packed: list[int] = np.packbits(np.concatenate([stream, padding])).tolist()
    return packed


def decode_brush(code: Sequence[int], height: int, width: int) -> Mask:
    """The bool array (height, width) that a code stands for: True where it is at least half opaque.

    Reads whatever the page's brushes write. Raises `ReviewError` for anything that is no code of
    a picture of this size.
    """
    total = height * width * _CHANNELS
    try:
        data = bytes(code)
    except (TypeError, ValueError) as error:
        raise ReviewError(f"a brush region holds other things than bytes: {error}") from error
    if len(data) * 8 < _HEADER_BITS or int.from_bytes(data[:4], "big") != total:
        raise ReviewError(
            f"a brush region is not of a picture of {width} x {height} pixels; was the picture "
            "replaced after the task was made?"
        )
    values = _decode(data, total)
    return values.reshape(height, width, _CHANNELS)[..., 3] >= _OPAQUE


def clean_regions(mask: Mask, most: int = MOST_REGIONS) -> list[Mask]:
    """The connected parts of a mask worth painting, largest first, at most `most`.

    Specks (under 16 pixels, or under 0.02 % of the picture) go; so do parts beyond `most`. Of
    equally large parts the upper left one comes first.
    """
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    least = max(_LEAST_AREA, _LEAST_SHARE * mask.size)
    order = sorted(range(count), key=lambda index: (-areas[index], index))
    return [labels == index + 1 for index in order[:most] if areas[index] >= least]


def _split(
    runs: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Runs cut into pieces of at most 2**16, the last piece of each being what is left."""
    pieces = _pieces(runs)
    lengths = np.full(int(pieces.sum()), _LONGEST, dtype=np.int64)
    lengths[np.cumsum(pieces) - 1] = runs - (pieces - 1) * _LONGEST
    return lengths, np.repeat(values, pieces)


def _pieces(runs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return (runs + _LONGEST - 1) // _LONGEST


def _of_long_runs(runs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    pieces = _pieces(runs)
    return np.repeat(runs > 256, pieces)


def _bits_of(
    numbers: npt.NDArray[np.int64], widths: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """The lowest `widths` (at most 32) bits of each number, highest first, one after another."""
    aligned = (numbers.astype(np.uint32) << (32 - widths).astype(np.uint32)).astype(">u4")
    bits = np.unpackbits(aligned.view(np.uint8).reshape(-1, 4), axis=1)
    wanted: npt.NDArray[np.uint8] = bits[np.arange(32) < widths[:, None]]
    return wanted


def _decode(data: bytes, total: int) -> npt.NDArray[np.uint8]:
    """The `total` values of a code. One look-up in a table a token, however long its run."""
    end = len(data) * 8
    # The 64 bits from every byte on: a whole token, wherever in a byte it starts, lies in one of
    # them. Reads past the end see zeros; that they happened is seen by the position.
    padded = np.frombuffer(data + bytes(16), dtype=np.uint8)
    rows = np.lib.stride_tricks.sliding_window_view(padded, 8)
    table: list[int] = np.ascontiguousarray(rows).view(">u8").ravel().tolist()
    header = table[4] >> (64 - 5 - 16)
    if (header >> 16) + 1 != _WORD:
        raise ReviewError(f"a brush region has words of {(header >> 16) + 1} bits, not of {_WORD}")
    sizes = [1 + (header >> shift & 15) for shift in (12, 8, 4, 0)]
    bits = np.unpackbits(padded)
    lengths: list[int] = []
    values: list[int] = []
    at, filled = _HEADER_BITS, 0
    while filled < total:
        if at >= end:
            raise ReviewError("a brush region breaks off in the middle")
        token = table[at >> 3] << (at & 7) & _ALL
        size = sizes[token >> 61 & 3]
        length = 1 + (token >> (61 - size) & ((1 << size) - 1))
        start = at + 3 + size
        run = token >> 63
        at = start + _WORD * (1 if run else length)
        filled += length
        if filled > total or at > end:
            raise ReviewError("a brush region breaks off, or goes on beyond its picture")
        if run:
            lengths.append(length)
            values.append(token >> (53 - size) & 255)
        else:
            lengths.extend([1] * length)
            values.extend(np.packbits(bits[start:at]).tolist())
    return np.repeat(np.array(values, dtype=np.uint8), lengths)
