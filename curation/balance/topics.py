"""Sorts pictures into topics, by what their captions say or by an embedding of what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from schemas.identity import derive_seed

NONE = -1
"""The topic of a picture that nothing is known of."""
_FITTED = 30_000
_DIMENSIONS = 64
_WORDS = 6


@dataclass(frozen=True, slots=True)
class Topics:
    """The topic of every picture: int64 (n,), largest topic first, `NONE` where nothing is known.

    `words`: by topic the words of its captions that stand out most from all others'; empty where
    there were no captions.
    """

    number: npt.NDArray[np.int64]
    words: tuple[tuple[str, ...], ...]


def caption_weights(captions: Sequence[str]) -> tuple[Any, npt.NDArray[np.str_]]:
    """A sparse matrix (n, words) of TF-IDF weights, rows of length 1 or 0, and its words.

    Words are what stands between blanks and marks, in lower case, without the commonest of English;
    scripts without blanks between words need an embedding instead. A caption without any such word
    has a row of zeros.
    """
    vectorizer = TfidfVectorizer(
        stop_words="english", sublinear_tf=True, max_features=20_000, min_df=_rarest(captions)
    )
    try:
        weights = vectorizer.fit_transform(captions)
    except ValueError:  # Nothing but the commonest words, or none that two captions share.
        return csr_matrix((len(captions), 0)), np.empty(0, np.str_)
    return weights, np.asarray(vectorizer.get_feature_names_out(), np.str_)


def sort_captions(captions: Sequence[str | None], count: int, seed: int) -> Topics:
    """Sort captions into `count` topics at most: k-means in the latent semantic space.

    TF-IDF weights, reduced by a truncated singular value decomposition to 64 dimensions (Deerwester
    et al., "Indexing by Latent Semantic Analysis", 1990), clustered by mini-batch k-means. Equal
    captions share a topic, and the order of rows does not matter. None, and captions without a word
    that counts, belong to no topic. 100,000 different captions take some seconds.
    """
    distinct = sorted({caption for caption in captions if caption})
    weights, words = caption_weights(distinct)
    known = np.flatnonzero(np.diff(weights.indptr) > 0)
    labels = np.full(len(distinct), NONE)
    if known.size:
        labels[known] = _clustered(_latent(weights[known], seed), count, seed)
    place = dict(zip(distinct, labels.tolist(), strict=True))
    rows = np.array([place.get(caption or "", NONE) for caption in captions], np.int64)
    rows, kept = _largest_first(rows)
    return Topics(rows, tuple(_standing_out(weights, words, labels == label) for label in kept))


def sort_embeddings(
    vectors: npt.NDArray[np.float32],
    count: int,
    seed: int,
    captions: Sequence[str | None] | None = None,
) -> Topics:
    """Sort pictures into `count` topics at most by their embeddings (n, dimensions), any length.

    Captions, where there are some, only lend the topics their words. Rows of zeros or with NaN
    belong to no topic.
    """
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1) & (np.abs(vectors).sum(axis=1) > 0))
    labels = np.full(len(vectors), NONE)
    if known.size:
        labels[known] = _clustered(normalize(vectors[known]), count, seed)
    rows, kept = _largest_first(labels)
    words: tuple[tuple[str, ...], ...] = ((),) * len(kept)
    if captions is not None:
        weights, names = caption_weights([caption or "" for caption in captions])
        words = tuple(_standing_out(weights, names, rows == topic) for topic in range(len(kept)))
    return Topics(rows, words)


def _rarest(captions: Sequence[str]) -> int:
    """In how many captions a word must stand to count: in two, where there are many captions."""
    return 2 if len(captions) > 100 else 1


def _latent(weights: Any, seed: int) -> npt.NDArray[np.float64]:
    dimensions = min(_DIMENSIONS, *(side - 1 for side in weights.shape))
    if dimensions < 2:
        return np.asarray(weights.toarray())
    state = derive_seed(seed, "latent topics") % 2**32
    reduced = TruncatedSVD(dimensions, random_state=state)
    reduced.fit(weights[_some(weights.shape[0], seed)])
    return np.asarray(normalize(reduced.transform(weights)))


def _clustered(points: npt.NDArray[Any], count: int, seed: int) -> npt.NDArray[np.int64]:
    state = derive_seed(seed, "topics") % 2**32
    fitted = points[_some(len(points), seed)]
    clusters = min(count, len(np.unique(fitted.round(6), axis=0)))
    model = MiniBatchKMeans(
        clusters, random_state=state, n_init=10, batch_size=2048, reassignment_ratio=0.0
    )
    model.fit(fitted)
    return np.asarray(model.predict(points), np.int64)


def _some(count: int, seed: int) -> npt.NDArray[np.int64]:
    """Rows to fit on: all of them where they are not too many."""
    if count <= _FITTED:
        return np.arange(count)
    rng = np.random.default_rng(derive_seed(seed, "fitted"))
    return np.sort(rng.choice(count, _FITTED, replace=False))


def _largest_first(
    labels: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Labels numbered anew by size, and which label each number was; those unused are gone."""
    found, counts = np.unique(labels[labels != NONE], return_counts=True)
    kept = found[np.lexsort((found, -counts))]
    # One place more than there are labels: -1 finds it.
    places = np.full(int(found.max(initial=0)) + 2, NONE)
    places[kept] = np.arange(kept.size)
    return places[labels], kept.tolist()


def _standing_out(
    weights: Any, words: npt.NDArray[np.str_], inside: npt.NDArray[np.bool_]
) -> tuple[str, ...]:
    if not words.size:
        return ()
    here = np.asarray(weights[inside].mean(axis=0)).ravel()
    elsewhere = np.zeros_like(here)
    if not inside.all():
        elsewhere = np.asarray(weights[~inside].mean(axis=0)).ravel()
    best = np.argsort(-(here - elsewhere), kind="stable")[:_WORDS]
    return tuple(str(words[place]) for place in best if here[place] > elsewhere[place])
