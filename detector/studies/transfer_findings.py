"""What a transfer matrix says, in sentences whose figures are computed, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.studies.material import ALL
from detector.studies.resampling import Estimate
from detector.studies.transfer import EVERYTHING, Transfer, Value, all_but

_MOST_NAMED = 3
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
            for pair in _pairs(transfer)
            if _kind(transfer, pair) == (same_mechanism, same_domain)
        ]
        auc = Estimate.of(_mean([_auc(transfer, pair) for pair in pairs])) if pairs else None
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
        for pair in _pairs(transfer):
            if pair[1] == column and not (apart and _one_model(transfer, pair)):
                by_kind.setdefault(_kind(transfer, pair), []).append(_auc(transfer, pair))
        elsewhere, at_home = by_kind.get((True, False)), by_kind.get((False, True))
        if elsewhere and at_home:
            differences.append(_mean(elsewhere) - _mean(at_home))
    if not differences:
        return None
    estimate = Estimate.of(_mean(differences))
    return None if estimate is None else (estimate, len(differences))


def sentences(transfer: Transfer) -> list[str]:
    """What the matrix says, the most important first."""
    found = [*_mechanisms(transfer), *_teachers(transfer), *_learnt(transfer)]
    found += [*_asymmetries(transfer), *_left_out(transfer), *_volume(transfer)]
    return [*found, _caution(transfer)]


def told(estimate: Estimate) -> str:
    """A figure with its interval: "0.81 (0.74 to 0.88)"."""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def _pairs(transfer: Transfer) -> list[tuple[int, int]]:
    """(teacher, asked), places in `values`, of different ones."""
    return [
        (teacher, asked)
        for teacher in transfer.teachers()
        for asked in transfer.sure()
        if teacher != asked
    ]


def _kind(transfer: Transfer, pair: tuple[int, int]) -> tuple[bool, bool]:
    one, other = (transfer.values[place] for place in pair)
    return one.mechanism == other.mechanism, one.domain == other.domain


def _one_model(transfer: Transfer, pair: tuple[int, int]) -> bool:
    one, other = (transfer.values[place].model for place in pair)
    return one == other != ""


def _auc(transfer: Transfer, pair: tuple[int, int]) -> _Floats:
    """The AUC of a cell in every round."""
    found: _Floats = transfer.auc[transfer.row(transfer.values[pair[0]].name), pair[1]]
    return found


def _mean(rounds: list[_Floats]) -> _Floats:
    """The mean in every round; NaN where one of them is undefined."""
    found: _Floats = np.mean(rounds, axis=0)
    return found


def _mechanisms(transfer: Transfer) -> list[str]:
    found = []
    measured = [kind for kind in pair_kinds(transfer) if kind.auc is not None]
    if len(measured) > 1:
        said = "; ".join(
            f"{kind.words()} {told(kind.auc)}, {kind.pairs} pairs"
            for kind in measured
            if kind.auc is not None
        )
        found.append(f"Mean transfer between different {transfer.by}s: {said}.")
    contrast = mechanism_over_domain(transfer)
    with_models = mechanism_over_domain(transfer, apart=False)
    if with_models is None:
        return found
    shared = sum(_one_model(transfer, pair) for pair in _pairs(transfer))
    aside = (
        f" {shared} pairs that came out of one model are left out, as they share its traces; with "
        f"them it is {_signed(with_models[0])}."
        if shared
        else ""
    )
    verdict = "Whether transfer follows the operation or the domain cannot be told here"
    if contrast is None:
        return [*found, f"{verdict}.{aside}"]
    estimate, columns = contrast
    over = f"{_signed(estimate)} AUC over {columns} {transfer.by}s that have both kinds of teacher"
    if estimate.low > 0:
        verdict = "Transfer follows the operation more than the domain"
    elif estimate.high < 0:
        verdict = "Transfer follows the domain more than the operation"
    found.append(
        f"{verdict}: the same mechanism in another domain against another mechanism in the same "
        f"domain, {over}.{aside}"
    )
    return found


def _ranked(transfer: Transfer, rows: dict[str, _Floats]) -> list[tuple[str, Estimate]]:
    known = [(name, Estimate.of(rounds)) for name, rounds in rows.items()]
    there = [(name, estimate) for name, estimate in known if estimate is not None]
    return sorted(there, key=lambda pair: (-pair[1].value, pair[0]))


def _teachers(transfer: Transfer) -> list[str]:
    rows: dict[str, list[_Floats]] = {}
    for pair in _pairs(transfer):
        rows.setdefault(transfer.values[pair[0]].name, []).append(_auc(transfer, pair))
    ranked = _ranked(transfer, {name: _mean(parts) for name, parts in rows.items()})
    if len(ranked) < 2:
        return []
    (best, most), (worst, least) = ranked[0], ranked[-1]
    return [
        f"The best teacher of others is {_name(best)}, mean AUC {told(most)}; "
        f"the poorest {_name(worst)}, {told(least)}."
    ]


def _learnt(transfer: Transfer) -> list[str]:
    own = {
        transfer.values[place].name: _auc(transfer, (place, place))
        for place in transfer.teachers()
        if place in transfer.sure()
    }
    ranked = _ranked(transfer, own)
    if len(ranked) < 2:
        return []
    (easy, most), (hard, least) = ranked[0], ranked[-1]
    chance = [_name(name) for name, estimate in ranked if estimate.low <= 0.5 <= estimate.high]
    found = [
        f"Learnt from its own kind, {_name(easy)} is the easiest, AUC {told(most)}, and "
        f"{_name(hard)} the hardest, {told(least)}."
    ]
    if chance:
        found.append(
            f"These features cannot tell {', '.join(chance)} from chance even when they learn "
            "from it: in those columns low transfer says nothing about transfer."
        )
    return found


def _asymmetries(transfer: Transfer) -> list[str]:
    pairs = set(_pairs(transfer))
    found = []
    for one, other in sorted(pairs):
        if one < other and (other, one) in pairs:
            rounds = _auc(transfer, (one, other)) - _auc(transfer, (other, one))
            gap = Estimate.of(rounds)
            if gap is not None and (gap.low > 0 or gap.high < 0):
                first, second = (one, other) if gap.value > 0 else (other, one)
                found.append((abs(gap.value), first, second))
    found.sort(reverse=True)
    told_pairs = []
    for _, first, second in found[:_MOST_NAMED]:
        there = transfer.auc[transfer.row(transfer.values[first].name), second, 0]
        back = transfer.auc[transfer.row(transfer.values[second].name), first, 0]
        told_pairs.append(
            f"{_title(transfer.values[first])} teaches {_title(transfer.values[second])} "
            f"({there:.2f}), not the other way round ({back:.2f})"
        )
    if not told_pairs:
        return []
    return [f"The most one-sided of {len(found)} pairs: {'; '.join(told_pairs)}."]


def _left_out(transfer: Transfer) -> list[str]:
    names = {lesson.name for lesson in transfer.lessons}
    drops = []
    for place in transfer.sure():
        value = transfer.values[place]
        if value.teaches and all_but(value.name) in names:
            own = _auc(transfer, (place, place))
            drops.append(own - transfer.auc[transfer.row(all_but(value.name)), place])
    drop = Estimate.of(_mean(drops)) if drops else None
    if drop is None:
        return []
    return [
        f"Learning from all others in place of its own kind costs {_signed(drop)} AUC on average "
        f"over {len(drops)} {transfer.by}s."
    ]


def _volume(transfer: Transfer) -> list[str]:
    names = {lesson.name: lesson for lesson in transfer.lessons}
    if ALL not in names or EVERYTHING not in names:
        return []
    asked = transfer.sure()
    gains = transfer.auc[transfer.row(EVERYTHING)][asked] - transfer.auc[transfer.row(ALL)][asked]
    gain = Estimate.of(gains.mean(axis=0))
    if gain is None:
        return []
    return [
        f"All {names[EVERYTHING].pictures:,} forgeries in place of {names[ALL].pictures:,} evenly "
        f"drawn ones add {_signed(gain)} AUC on average."
    ]


def _caution(transfer: Transfer) -> str:
    cells = [_auc(transfer, pair) for pair in _pairs(transfer)]
    estimates = [estimate for estimate in map(Estimate.of, cells) if estimate is not None]
    above = sum(estimate.low > 0.5 for estimate in estimates)
    below = sum(estimate.high < 0.5 for estimate in estimates)
    return (
        f"Of {len(estimates)} cells off the diagonal {above} lie above chance and {below} below; "
        f"about {len(estimates) * 0.025:.0f} on either side would by chance alone."
    )


def _name(name: str) -> str:
    return name.replace("_", " ")


def _title(value: Value) -> str:
    return _name(value.name)
