"""What the pairs of teacher and asked say: is it the mechanism that carries over, or the domain?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.studies.resampling import Estimate
from detector.studies.transfer import Transfer

_Floats = npt.NDArray[np.float64]
KINDS: tuple[tuple[bool, bool], ...] = ((True, True), (True, False), (False, True), (False, False))
"""Kinds of pairs of different values: (same mechanism, same domain)."""


@dataclass(frozen=True, slots=True)
class PairKind:
    """The mean AUC over the pairs (teacher, asked) of one kind."""

    same_mechanism: bool
    same_domain: bool
    pairs: int
    auc: Estimate | None

    def words(self) -> str:
        """The kind, as a phrase."""
        mechanism = "same" if self.same_mechanism else "other"
        domain = "same" if self.same_domain else "other"
        return f"{mechanism} mechanism, {domain} domain"


def pair_kinds(transfer: Transfer) -> list[PairKind]:
    """Mean transfer by what teacher and asked share. Operations and generators only: a domain is
    no mechanism."""
    if transfer.by == "domain":
        return []
    found = []
    for same_mechanism, same_domain in KINDS:
        pairs = [
            pair
            for pair in pairs_of(transfer)
            if _kind(transfer, pair) == (same_mechanism, same_domain)
        ]
        auc = Estimate.of(mean_of([auc_of(transfer, pair) for pair in pairs])) if pairs else None
        found.append(PairKind(same_mechanism, same_domain, len(pairs), auc))
    return found


def mechanism_over_domain(transfer: Transfer, apart: bool = True) -> tuple[Estimate, int] | None:
    """By how much more is learnt from the same mechanism elsewhere than from others at home.

    The difference between the mean AUC of teachers of the same mechanism in other domains and of
    teachers of other mechanisms in the same domain, within each column that has both, averaged
    over these columns, of which the number is given too. None where there is no such column. With
    `apart`, pairs that came out of one model are left out: they share its traces, whatever was
    done with it.
    """
    differences = []
    for column in transfer.sure():
        by_kind: dict[tuple[bool, bool], list[_Floats]] = {}
        for pair in pairs_of(transfer):
            if pair[1] == column and not (apart and one_model(transfer, pair)):
                by_kind.setdefault(_kind(transfer, pair), []).append(auc_of(transfer, pair))
        elsewhere, at_home = by_kind.get((True, False)), by_kind.get((False, True))
        if elsewhere and at_home:
            differences.append(mean_of(elsewhere) - mean_of(at_home))
    if not differences:
        return None
    estimate = Estimate.of(mean_of(differences))
    return None if estimate is None else (estimate, len(differences))


def pairs_of(transfer: Transfer) -> list[tuple[int, int]]:
    """(teacher, asked), places in `values`, of different ones; only those surely asked."""
    return [
        (teacher, asked)
        for teacher in transfer.teachers()
        for asked in transfer.sure()
        if teacher != asked
    ]


def one_model(transfer: Transfer, pair: tuple[int, int]) -> bool:
    """Whether both came out of one model."""
    one, other = (transfer.values[place].model for place in pair)
    return one == other != ""


def auc_of(transfer: Transfer, pair: tuple[int, int]) -> _Floats:
    """The AUC (rounds + 1,) of a pair's cell in every round."""
    found: _Floats = transfer.auc[transfer.row(transfer.values[pair[0]].name), pair[1]]
    return found


def mean_of(rounds: list[_Floats]) -> _Floats:
    """The mean in every round; NaN where one of them is undefined."""
    found: _Floats = np.mean(rounds, axis=0)
    return found


def _kind(transfer: Transfer, pair: tuple[int, int]) -> tuple[bool, bool]:
    one, other = (transfer.values[place] for place in pair)
    return one.mechanism == other.mechanism, one.domain == other.domain
