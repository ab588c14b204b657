"""What a transfer matrix says, in sentences whose figures are computed, with their intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detector.studies.material import ALL
from detector.studies.resampling import Estimate
from detector.studies.telling import signed, told
from detector.studies.transfer import EVERYTHING, Transfer, Value, all_but
from detector.studies.transfer_pairs import (
    auc_of,
    mean_of,
    mechanism_over_domain,
    one_model,
    pair_kinds,
    pairs_of,
)

_MOST_NAMED = 3
_Floats = npt.NDArray[np.float64]


def sentences(transfer: Transfer) -> list[str]:
    """What the matrix says, the most important first."""
    found = [*_mechanisms(transfer), *_teachers(transfer), *_learnt(transfer)]
    found += [*_asymmetries(transfer), *_left_out(transfer), *_volume(transfer)]
    return [*found, _caution(transfer)]


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
    shared = sum(one_model(transfer, pair) for pair in pairs_of(transfer))
    aside = (
        f" {shared} pairs that came out of one model are left out, as they share its traces; with "
        f"them it is {signed(with_models[0])}."
        if shared
        else ""
    )
    verdict = "Whether transfer follows the operation or the domain cannot be told here"
    if contrast is None:
        return [*found, f"{verdict}.{aside}"]
    estimate, columns = contrast
    over = f"{signed(estimate)} AUC over {columns} {transfer.by}s that have both kinds of teacher"
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
    for pair in pairs_of(transfer):
        rows.setdefault(transfer.values[pair[0]].name, []).append(auc_of(transfer, pair))
    ranked = _ranked(transfer, {name: mean_of(parts) for name, parts in rows.items()})
    if len(ranked) < 2:
        return []
    (best, most), (worst, least) = ranked[0], ranked[-1]
    return [
        f"The best teacher of others is {_name(best)}, mean AUC {told(most)}; "
        f"the poorest {_name(worst)}, {told(least)}."
    ]


def _learnt(transfer: Transfer) -> list[str]:
    own = {
        transfer.values[place].name: auc_of(transfer, (place, place))
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
    pairs = set(pairs_of(transfer))
    found = []
    for one, other in sorted(pairs):
        if one < other and (other, one) in pairs:
            rounds = auc_of(transfer, (one, other)) - auc_of(transfer, (other, one))
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
            own = auc_of(transfer, (place, place))
            drops.append(own - transfer.auc[transfer.row(all_but(value.name)), place])
    drop = Estimate.of(mean_of(drops)) if drops else None
    if drop is None:
        return []
    return [
        f"Learning from all others in place of its own kind costs {signed(drop)} AUC on average "
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
        f"drawn ones add {signed(gain)} AUC on average."
    ]


def _caution(transfer: Transfer) -> str:
    cells = [auc_of(transfer, pair) for pair in pairs_of(transfer)]
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
