"""The verdict of a mask audit in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.mask_audit import SALIENCIES, MaskSlice
from schemas.vocabulary import OPERATIONS

_MOST_NAMED = 4
_UNLESS = (
    "Ask for masks of background and free forms beside those of objects where the recipe chooses "
    "them, and keep pictures in which the same things stand out unchanged, or a detector will "
    "segment these things."
)


def verdict(slices: Sequence[MaskSlice]) -> str:
    """What the audit says of object bias by operation and by kind of mask, the worst first."""
    told = [one for one in slices if one.by != "all" and one.bias is not None]
    biased = sorted(
        (one for one in told if one.bias and one.bias.verdict == "biased"),
        key=lambda one: (-one.bias.score if one.bias else 0.0, one.name),
    )
    averse = [one for one in told if one.bias and one.bias.verdict == "averse"]
    clear = [one for one in told if one.bias and one.bias.verdict == "none"]
    said = []
    if biased:
        named = "; ".join(_named(one) for one in biased[:_MOST_NAMED])
        more = f"; and {len(biased) - _MOST_NAMED} more" if len(biased) > _MOST_NAMED else ""
        said.append(f"Saliency alone foresees where was changed: {named}{more}. {_UNLESS}")
    if averse:
        said.append(
            f"What was changed stands out less than chance in {_listed(averse)}: a detector may "
            "learn to look at the quiet parts."
        )
    if clear and not said:
        said.append("Saliency foresees the changed place no better than it does in other pictures.")
    elif clear:
        said.append(f"No such bias was found in {_listed(clear)}.")
    return " ".join(said) or "There are too few masks to tell whether saliency foresees them."


def _named(one: MaskSlice) -> str:
    assert one.bias is not None
    seen = one.bias.maps[one.bias.strongest]
    return (
        f"{_title(one)} (the place {SALIENCIES[one.bias.strongest]}: AUC {seen.auc:.2f}, "
        f"{seen.null:.2f} on the masks of others)"
    )


def _listed(slices: Sequence[MaskSlice]) -> str:
    names = [_title(one) for one in slices]
    if len(names) > _MOST_NAMED:
        names = [*names[:_MOST_NAMED], f"{len(names) - _MOST_NAMED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _title(one: MaskSlice) -> str:
    if one.by == "kind":
        return f"masks of the kind {one.name}"
    known = OPERATIONS.get(one.name)
    return known.title if known else one.name.replace("_", " ")
