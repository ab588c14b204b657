"""Finds rationales that stand, or nearly stand, under other pictures too: boilerplate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from schemas.identity import digest

SIMILAR = 0.7
"""Two texts whose word pairs have this much in common (Jaccard) are nearly the same."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_COORDINATES = re.compile(r"\(x [^()]*\)")
_PLACE = re.compile(
    r"(?:upper|lower|left|right|middle|cent(?:re|er|ral)|top|bottom|corner|side|half|third"
    r"|quadrant|leftmost|rightmost)"
)
_BANDS, _ROWS = 20, 4
_NEIGHBOURS = 4
_NEARLY = 0.55
_CHUNK = 20_000

_Words = npt.NDArray[np.uint64]
_Signatures = npt.NDArray[np.uint32]


def repeated(texts: Iterable[tuple[str, str]]) -> npt.NDArray[np.bool_]:
    """Which of one rater's texts stand, or nearly stand, under another picture as well.

    `texts`: (sample id, rationale) of all its rows; the result has one bool for each, in order.
    Texts are compared as sequences of lower-case words without figures, coordinates and words of
    place, so that a form that was filled in counts as what it is. Two are the same where these
    words are; they are nearly the same where their sets of word pairs have a Jaccard index of
    `SIMILAR` or more: one word of twelve may differ. Texts of one picture are not compared.

    Candidates for the latter are found by MinHash (A. Broder, "On the resemblance and containment
    of documents", 1997) in 20 sorted bands of 4 values, each text being held against the 4 that
    follow it in each order, and then compared exactly: a pair at the limit is found in 99.6 % of
    cases, one at 0.8 practically always. What is found does not depend on the order of `texts`.
    Time grows as n log n: a million texts take minutes.
    """
    samples: dict[str, int] = {}
    known: dict[str, int] = {}
    index: list[int] = []
    owners: list[int] = []
    spread: list[bool] = []
    for sample_id, text in texts:
        sample = samples.setdefault(sample_id, len(samples))
        words = " ".join(normal_words(text))
        one = known.setdefault(words, len(known))
        if one == len(owners):
            owners.append(sample)
            spread.append(False)
        # A text without a word says the same of every picture: nothing, and not that.
        elif owners[one] != sample and words:
            spread[one] = True
        index.append(one)
    found = np.array(spread, np.bool_)
    if len(known) > 1:
        _mark_similar(list(known), np.array(owners), found)
    return found[np.array(index, np.intp)]


def normal_words(text: str) -> list[str]:
    """The words by which a text is compared."""
    words = _WORD.findall(_COORDINATES.sub(" ", text.lower()))
    return [word for word in words if not _PLACE.fullmatch(word)]


def _mark_similar(
    texts: list[str], owners: npt.NDArray[np.intp], found: npt.NDArray[np.bool_]
) -> None:
    """Set `found` for each text that is similar to one of another owner. All texts differ."""
    pairs = list(_word_pairs(texts))
    signatures = _signatures(pairs)
    orders = [_order(signatures, band) for band in range(_BANDS)]
    # A text that stands under several pictures is another picture's to every text.
    several = found.copy()
    for order in orders:
        for step in range(1, _NEIGHBOURS + 1):
            left, right = order[:-step], order[step:]
            open_ = ~(found[left] & found[right])
            open_ &= (owners[left] != owners[right]) | several[left] | several[right]
            left, right = left[open_], right[open_]
            for start in range(0, len(left), _CHUNK):
                some = slice(start, start + _CHUNK)
                alike = (signatures[left[some]] == signatures[right[some]]).mean(axis=1)
                for i in np.flatnonzero(alike >= _NEARLY):
                    one, other = int(left[start + i]), int(right[start + i])
                    if _jaccard(pairs[one], pairs[other]) >= SIMILAR:
                        found[one] = found[other] = True


def _word_pairs(texts: Iterable[str]) -> Iterator[_Words]:
    """For each text the hashes of its pairs of neighbouring words; of the word if it is one."""
    numbers: dict[str, int] = {"": 0}
    for text in texts:
        hashes = []
        for word in text.split() or [""]:
            if word not in numbers:
                spelt = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8)
                numbers[word] = int.from_bytes(spelt.digest(), "little")
            hashes.append(numbers[word])
        words = np.array(hashes, np.uint64)
        after = words[1:] if len(words) > 1 else np.zeros(1, np.uint64)
        pairs = words[: len(after)] * _FACTORS[0] + after * _FACTORS[1]
        yield np.unique(pairs ^ (pairs >> np.uint64(29)))


def _signatures(pairs: list[_Words]) -> _Signatures:
    """MinHash values (texts, 80), uint32, by multiply-shift hashing."""
    found = np.empty((len(pairs), _BANDS * _ROWS), np.uint32)
    for start in range(0, len(pairs), _CHUNK):
        some = pairs[start : start + _CHUNK]
        starts = np.cumsum([0, *map(len, some[:-1])])
        everything = np.concatenate(some)
        for column in range(_BANDS * _ROWS):
            hashed = (everything * _FACTORS[2 + 2 * column] + _FACTORS[3 + 2 * column]) >> _HALF
            found[start : start + _CHUNK, column] = np.minimum.reduceat(hashed, starts)
    return found


def _order(signatures: _Signatures, band: int) -> npt.NDArray[np.intp]:
    """Texts sorted by a band's values, then by all that follow, so that the likest are neighbours.

    After M. Bawa and others, "LSH forest: self-tuning indexes for similarity search" (2005).
    """
    columns = np.roll(np.arange(_BANDS * _ROWS), -band * _ROWS)[: 4 * _ROWS]
    order: npt.NDArray[np.intp] = np.lexsort(signatures.T[columns[::-1]])
    return order


def _jaccard(one: _Words, other: _Words) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


_HALF = np.uint64(32)
_FACTORS = np.array(
    [int(digest("minhash", number)[:16], 16) | 1 for number in range(2 + 2 * _BANDS * _ROWS)],
    np.uint64,
)
