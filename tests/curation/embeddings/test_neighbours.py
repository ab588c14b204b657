"""Neighbours by cosine are those that comparing every pair finds."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from curation.embeddings.neighbours import near_vectors
from schemas.errors import MissingExtraError

Vectors = npt.NDArray[np.float16]


def clustered(clusters: int, each: int, width: int = 32, spread: float = 0.3) -> Vectors:
    """Unit vectors, those of a cluster at cosines around 1 / (1 + spread²)."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(clusters, width)).repeat(each, axis=0)
    vectors = centres + spread * rng.normal(size=centres.shape)
    vectors = vectors[rng.permutation(len(vectors))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float16)


def found(vectors: Vectors, cosine: float, **more: Any) -> dict[tuple[int, int], float]:
    links: dict[tuple[int, int], float] = {}
    for block in near_vectors(vectors, cosine, **more):
        pairs = list(zip(block.first.tolist(), block.second.tolist(), strict=True))
        assert not links.keys() & set(pairs)
        links |= dict(zip(pairs, block.cosine.tolist(), strict=True))
    return links


def expected(vectors: Vectors, cosine: float) -> dict[tuple[int, int], float]:
    exact = vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    alike = exact @ exact.T
    first, second = np.nonzero(np.triu(alike >= cosine, 1))
    return {(i, j): alike[i, j] for i, j in zip(first.tolist(), second.tolist(), strict=True)}


def test_small_sets_are_compared_in_full() -> None:
    vectors = clustered(400, 3)
    links, truth = found(vectors, 0.9), expected(vectors, 0.9)
    assert links.keys() == truth.keys()
    assert len(links) > 400
    assert all(links[pair] == pytest.approx(truth[pair], abs=1e-5) for pair in links)


def test_equal_vectors_have_a_cosine_of_one() -> None:
    vectors = clustered(20, 1).repeat(2, axis=0)
    links = found(vectors, 1.0)
    assert set(links) == {(i, i + 1) for i in range(0, 40, 2)}


def test_cells_find_nearly_all() -> None:
    pytest.importorskip("faiss")
    vectors = clustered(1500, 3)
    links, truth = found(vectors, 0.9, exact=100), expected(vectors, 0.9)
    assert links.keys() <= truth.keys()
    assert len(links) >= 0.98 * len(truth)
    assert links == found(vectors, 0.9, exact=100)


def test_large_sets_want_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refusing(name: str, *rest: Any) -> Any:
        if name == "faiss":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[curate\]"):
        found(clustered(10, 2), 0.9, exact=5)


def test_a_cosine_is_between_nothing_and_one() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        found(clustered(2, 2), 1.5)
    assert found(np.zeros((0, 8), np.float16), 0.9) == {}
