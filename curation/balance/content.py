"""Measures whether real and fake are about the same things, and whether that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import jensenshannon
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from curation.balance.topics import NONE, Topics, caption_weights
from curation.shortcuts.pair_auc import Fold, interval, mean_auc
from schemas.identity import derive_seed

_FOLDS = 5
_MOST_ROWS = 8000
_ROUNDS = 200
_FACTOR = 1.5
_SURE = 3.0


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its words, and how many real and fake pictures are about it.

    `lopsided`: "real" or "fake" where its share of one label is at least 1.5 times that of the
    other and no chance explains it (3 standard errors); else empty.
    """

    words: tuple[str, ...]
    real: int
    fake: int
    lopsided: str


@dataclass(frozen=True, slots=True)
class Telling:
    """How well the content alone tells fake from real: an AUC by groups, and its 95 % interval.

    `note` says why there was nothing to measure (the AUC is then 0.5), else it is empty.
    """

    auc: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContentReport:
    """The topics of real and fake, and how far they are from one another.

    `distance`: the Jensen-Shannon distance of the two histograms, base 2, 0 (alike) to 1 (nothing
    in common); `by_chance`: what 95 of 100 sets of this size stay below whose labels were dealt
    blindly. `unknown_real`, `unknown_fake`: pictures without a topic, which nothing above counts.
    """

    topics: tuple[Topic, ...]
    distance: float
    by_chance: float
    unknown_real: int
    unknown_fake: int
    telling: Telling

    @property
    def said(self) -> str:
        """The verdict in a sentence."""
        lopsided = [topic for topic in self.topics if topic.lopsided]
        if not lopsided:
            return "Real and fake are about the same things."
        named = "; ".join(
            f"{', '.join(topic.words[:3]) or 'one topic'} ({topic.real} real, {topic.fake} fake)"
            for topic in lopsided[:5]
        )
        return (
            f"Real and fake differ in what they show, most in: {named}. Set topics to match, or "
            "add pictures of the side that lacks them."
        )


def compare_content(
    topics: Topics, fake: npt.NDArray[np.bool_], telling: Telling, seed: int
) -> ContentReport:
    """The report of sorted pictures; `fake` (n,) says which are forgeries."""
    known = topics.number != NONE
    count = len(topics.words)
    real_counts = np.bincount(topics.number[known & ~fake], minlength=count)
    fake_counts = np.bincount(topics.number[known & fake], minlength=count)
    found = tuple(
        Topic(words, int(real), int(forged), side)
        for words, real, forged, side in zip(
            topics.words,
            real_counts,
            fake_counts,
            _lopsided(real_counts, fake_counts),
            strict=True,
        )
    )
    rng = np.random.default_rng(derive_seed(seed, "content by chance"))
    both = real_counts + fake_counts
    shuffled = rng.multivariate_hypergeometric(both, int(real_counts.sum()), size=_ROUNDS)
    chance = [_distance(row, both - row) for row in shuffled]
    return ContentReport(
        found,
        _distance(real_counts, fake_counts),
        float(np.quantile(chance, 0.95)),
        int(np.count_nonzero(~known & ~fake)),
        int(np.count_nonzero(~known & fake)),
        telling,
    )


def tell_by_captions(
    captions: Sequence[str | None], fake: npt.NDArray[np.bool_], groups: Sequence[str], seed: int
) -> Telling:
    """How well a logistic regression on TF-IDF weights tells fake from real, by groups.

    Rows without a caption are passed over; no more than 8,000 are looked at. The order of rows does
    not matter. A second or two.
    """
    rows = [
        (group, caption, bool(is_fake))
        for group, caption, is_fake in zip(groups, captions, fake, strict=True)
        if caption
    ]
    some = _drawn(sorted(rows), seed)
    weights, _ = caption_weights([caption for _, caption, _ in some])
    labels = np.array([is_fake for _, _, is_fake in some], np.bool_)
    return tell_by(weights, labels, [group for group, _, _ in some], seed)


def tell_by(matrix: Any, fake: npt.NDArray[np.bool_], groups: Sequence[str], seed: int) -> Telling:
    """The same by the rows of any matrix (n, features), sparse or dense: embeddings, say."""
    state = derive_seed(seed, "content") % 2**32
    names, group = np.unique(np.asarray(groups, np.str_), return_inverse=True)
    folds = min(_FOLDS, names.size, int(fake.sum()), int((~fake).sum()))
    if folds < 2 or matrix.shape[1] == 0:
        return Telling(0.5, 0.5, 0.5, "There is too little of real or fake to measure by.")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=state)
    scored = []
    for train, test in splitter.split(np.zeros(fake.size), fake, group):
        if np.unique(fake[train]).size == 2 and np.unique(fake[test]).size == 2:
            model = LogisticRegression(C=4.0, max_iter=500).fit(matrix[train], fake[train])
            scored.append(Fold(model.predict_proba(matrix[test])[:, 1], fake[test], group[test]))
    if not scored:
        return Telling(0.5, 0.5, 0.5, "No held-out part holds both real and fake.")
    low, high = interval(scored, names.size, np.random.default_rng(state))
    return Telling(mean_auc(scored), low, high)


def _drawn(rows: list[tuple[str, str, bool]], seed: int) -> list[tuple[str, str, bool]]:
    if len(rows) <= _MOST_ROWS:
        return rows
    rng = np.random.default_rng(derive_seed(seed, "content rows"))
    return [rows[place] for place in np.sort(rng.choice(len(rows), _MOST_ROWS, replace=False))]


def _distance(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    if not one.sum() or not other.sum():
        return 0.0
    return float(jensenshannon(one / one.sum(), other / other.sum(), base=2))


def _lopsided(real: npt.NDArray[np.int64], fake: npt.NDArray[np.int64]) -> list[str]:
    """By the two shares' ratio and a z-test of their difference."""
    reals, fakes = max(int(real.sum()), 1), max(int(fake.sum()), 1)
    if not real.sum() or not fake.sum():
        return [""] * real.size
    shares = real / reals, fake / fakes
    pooled = (real + fake) / (reals + fakes)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / reals + 1 / fakes))
    sure = np.abs(shares[0] - shares[1]) > _SURE * spread
    more_real = shares[0] >= _FACTOR * shares[1]
    more_fake = shares[1] >= _FACTOR * shares[0]
    return [
        ("real" if real_side else "fake" if fake_side else "") if certain else ""
        for real_side, fake_side, certain in zip(more_real, more_fake, sure, strict=True)
    ]
