"""CSS, the cosine of two texts' embeddings: over whole texts, and as MMFR's code truncates them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

Tokens = list[int]


class TextEncoder(Protocol):
    """Turns texts into tokens, and as many tokens as it can see at once into a vector."""

    @property
    def window(self) -> int:
        """How many tokens of a text it sees at once, those for start and end not counted."""

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a text of any length, without those for start and end."""

    def embed(self, pieces: Sequence[Tokens]) -> npt.NDArray[np.float64]:
        """One vector a piece (n, d), of at most `window` tokens each; a piece may be empty."""


def paper_css(
    texts: Sequence[str], references: Sequence[str], encoder: TextEncoder
) -> npt.NDArray[np.float64]:
    """The similarity -1..1 of each text to its reference (n,), as MMFR's published code has it.

    Its fault: both are truncated to the encoder's window (77 tokens with start and end for CLIP),
    about the first half of a reasoning; whatever comes after changes nothing.
    """
    pieces = [encoder.tokenize(text)[: encoder.window] for text in (*texts, *references)]
    return _cosines(_embedded(pieces, encoder), len(texts))


def css(
    texts: Sequence[str], references: Sequence[str], encoder: TextEncoder
) -> npt.NDArray[np.float64]:
    """The similarity -1..1 of each whole text to its whole reference (n,).

    A text that is longer than the window is cut into as few pieces as it takes, equally long but
    for one token; its vector is the mean of theirs at unit length, weighted by their tokens. Where
    both texts fit the window this equals `paper_css`.
    """
    pieces: list[Tokens] = []
    owners: list[int] = []
    for owner, text in enumerate((*texts, *references)):
        cut = _pieces(encoder.tokenize(text), encoder.window)
        pieces += cut
        owners += [owner] * len(cut)
    vectors = _embedded(pieces, encoder)
    sums = np.zeros((len(texts) + len(references), vectors.shape[1]))
    weights = np.array([max(len(piece), 1) for piece in pieces], np.float64)
    np.add.at(sums, np.array(owners, np.intp), vectors * weights[:, None])
    return _cosines(sums, len(texts))


def _pieces(tokens: Tokens, window: int) -> list[Tokens]:
    count = max(1, -(-len(tokens) // window))
    ends = [len(tokens) * number // count for number in range(count + 1)]
    return [tokens[start:end] for start, end in pairwise(ends)]


def _embedded(pieces: Sequence[Tokens], encoder: TextEncoder) -> npt.NDArray[np.float64]:
    if not pieces:
        return np.zeros((0, 1))
    return _unit(np.asarray(encoder.embed(pieces), np.float64))


def _cosines(vectors: npt.NDArray[np.float64], texts: int) -> npt.NDArray[np.float64]:
    if len(vectors) != 2 * texts:
        raise ValueError("there must be one reference to each text")
    units = _unit(vectors)
    return np.asarray((units[:texts] * units[texts:]).sum(axis=1).clip(-1, 1))


def _unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1))
