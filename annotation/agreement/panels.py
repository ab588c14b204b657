"""Who is compared with whom, about what: the figures of all panels on some pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from annotation.agreement.coefficients import NOMINAL, set_distances
from annotation.agreement.tallies import across, compare, within
from annotation.agreement.votes import Votes
from schemas.agreement import (
    ATTRIBUTES_TOGETHER,
    EVERYWHERE,
    SETS_OF_ATTRIBUTES,
    Agreement,
)
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.identity import derive_seed
from schemas.vocabulary import RaterKind

SUBJECTS: tuple[str, ...] = (WHOLE, ATTRIBUTES_TOGETHER, SETS_OF_ATTRIBUTES)
"""What figures are about, attributes by themselves aside."""
_ORDER = (RaterKind.MEASURED, RaterKind.MLLM, RaterKind.HUMAN)
_ANYBODY = "all"

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Panel:
    """Raters of one kind, or of two, whose pairs are compared."""

    name: str
    kinds: tuple[RaterKind, ...]
    crossed: bool


def between(first: RaterKind, second: RaterKind) -> str:
    """What a comparison is called: the kinds with machines first, "mllm/human"."""
    return "/".join(kind.value for kind in sorted((first, second), key=_ORDER.index))


def pairings() -> Iterator[tuple[RaterKind, RaterKind]]:
    """The pairs of kinds, people first."""
    return combinations_with_replacement(reversed(_ORDER), 2)


PANELS: tuple[Panel, ...] = (
    *(
        Panel(between(one, other), (one,) if one is other else (one, other), one is not other)
        for one, other in pairings()
    ),
    Panel(f"{_ANYBODY}/{_ANYBODY}", _ORDER, False),
)


class Panels:
    """The counts of all kinds of raters, made once; figures of any pictures come from them."""

    def __init__(self, votes: Votes, resamples: int, seed: int) -> None:
        self._votes = votes
        self._resamples = resamples
        self._seed = seed
        self._kinds = {kind: votes.of_kind(kind) for kind in _ORDER}
        self._counts = {
            (kind, question): votes.set_counts(among)
            if question == SETS_OF_ATTRIBUTES
            else votes.counts(question, among)
            for kind, among in self._kinds.items()
            for question in (*votes.ballots, SETS_OF_ATTRIBUTES)
        }

    def figures(
        self, subjects: Collection[str], chosen: Bools, slice: str = EVERYWHERE, value: str = ""
    ) -> Iterator[Agreement]:
        """The figures about these subjects on the chosen pictures; bool (samples,)."""
        for panel in PANELS:
            for about in subjects:
                figure = self._figure(panel, about, chosen, slice, value)
                if figure is not None:
                    yield figure

    def _figure(
        self, panel: Panel, about: str, chosen: Bools, slice: str, value: str
    ) -> Agreement | None:
        questions = tuple(ATTRIBUTES_BY_ID) if about == ATTRIBUTES_TOGETHER else (about,)
        counts = [[self._counts[kind, q][chosen] for kind in panel.kinds] for q in questions]
        distances = set_distances(len(ATTRIBUTES_BY_ID)) if about == SETS_OF_ATTRIBUTES else NOMINAL
        tallies = [
            across(one[0], one[1], distances)
            if panel.crossed
            else within(np.sum(one, axis=0), distances)
            for one in counts
        ]
        units: Bools = np.array([tally.values.any(axis=1) for tally in tallies])
        compared: Bools = np.asarray(units.any(axis=0))
        if not compared.any():
            return None
        judged = np.array([np.sum(one, axis=(0, 2)) for one in counts])
        names = (panel.name, about, slice, value)
        seed = derive_seed("agreement", self._seed, *names)
        found = compare(tallies, self._resamples, seed)
        size, fleiss = None, None
        if len(panel.kinds) == 1 and about != SETS_OF_ATTRIBUTES:
            sizes, often = np.unique(judged[units], return_counts=True)
            size = int(sizes[::-1][np.argmax(often[::-1])])
            full = [t.only(one == size) for t, one in zip(tallies, judged, strict=True)]
            fleiss = compare(full, self._resamples, seed).fleiss
        return Agreement(
            *names,
            pictures=int(np.count_nonzero(compared)),
            judgements=int(judged[units].sum()),
            raters=self._raters(panel, questions, chosen, compared),
            agreement=found.agreement,
            alpha=found.alpha,
            fleiss=fleiss,
            panel=size,
        )

    def _raters(
        self, panel: Panel, questions: Sequence[str], chosen: Bools, compared: Bools
    ) -> int:
        """How many raters of a panel answered these questions about pictures that are compared."""
        here = np.zeros(len(self._votes.samples), dtype=np.bool_)
        here[np.flatnonzero(chosen)[compared]] = True
        active = np.zeros(len(self._votes.raters), dtype=np.bool_)
        for question in questions:
            if question == SETS_OF_ATTRIBUTES:
                active |= (self._votes.sets[here] >= 0).any(axis=0)
            else:
                ballot = self._votes.ballots[question]
                active[ballot.rater[here[ballot.sample]]] = True
        return int(np.count_nonzero(active & np.any([self._kinds[k] for k in panel.kinds], axis=0)))
