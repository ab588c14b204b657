"""Holds forgeries out of training: by generator, family, autoencoder, date or operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.splitting.columns import Codes, as_arrow, combinations, encode
from schemas.errors import DatasetError
from schemas.recipe.splits import HoldOut

TEST = "test"
COLUMNS = (
    "generator",
    "generator_family",
    "generator_autoencoder",
    "generator_released",
    "operation",
)
"""The columns of a published set that say how a forgery was made, in the order of `Made`."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Made:
    """How a forgery was made; empty where nothing is known or there was no model.

    `released`: when the model came out, as "2022-08-22", "2022-08" or "2022".
    """

    generator: str = ""
    family: str = ""
    autoencoder: str = ""
    released: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group that a hold-out moved into the test split, with all its `rows` rows."""

    group: str
    before: str
    rows: int
    held_out: str


@dataclass(frozen=True, slots=True)
class Enforced:
    """A table's splits once hold-outs are kept.

    `splits` (strings, one a row): where every row belongs. `left_out` (strings): why a row may not
    enter, None where it may. `undated`: generators with a model of unknown date, which a hold-out
    by date cannot tell and therefore passes over.
    """

    splits: pa.Array
    left_out: pa.Array
    moved: tuple[Moved, ...]
    undated: tuple[str, ...]


def held_out_by(made: Made, hold_outs: Sequence[HoldOut]) -> int | None:
    """The place of the first hold-out that covers a forgery; None where none does.

    A date covers models that came out on it or later. Of dates of unlike precision the common part
    is compared: "2024" is covered from "2024-06" on, since the model may have come out after it.
    A model without a date is not covered.
    """
    return next((i for i, hold_out in enumerate(hold_outs) if _covers(hold_out, made)), None)


def held_out_rows(rows: pa.Table, hold_outs: Sequence[HoldOut]) -> Codes:
    """int64 (n,): for each row the place of the first hold-out that covers it, or -1.

    `rows` has `COLUMNS`; those of real pictures are null or empty there.
    """
    codes, kinds = combinations(*(rows[name] for name in COLUMNS))
    found = [held_out_by(Made(*kind), hold_outs) if kind[0] else None for kind in kinds]
    places = np.array([-1 if place is None else place for place in found], np.int64)
    return np.asarray(places[codes], np.int64)


def enforce(
    rows: pa.Table, hold_outs: Sequence[HoldOut], how: Literal["move", "leave_out"] = "move"
) -> Enforced:
    """Splits of a table in which what is held out is tested on and never trained on.

    `rows` has `COLUMNS`, `group_id` and `split`. A held-out forgery in another split than test is
    resolved in one of two ways. "move": its whole group, real pictures and other forgeries
    included, moves into test, so nothing is lost and shares shift. "leave_out": the forgery alone
    is left out, with the reason, and all else stays where it was. Seconds for a million rows.
    Raises ValueError for a row without a group.
    """
    held = held_out_rows(rows, hold_outs)
    groups, names = encode(rows["group_id"])
    splits, split_names = encode(rows["split"])
    if (groups < 0).any():
        raise ValueError(f"row {int(np.flatnonzero(groups < 0)[0])} has no group")
    test = next((i for i, name in enumerate(split_names.to_pylist()) if name == TEST), -2)
    astray = (held >= 0) & (splits != test)
    moved: tuple[Moved, ...] = ()
    result = as_arrow(rows["split"])
    reasons = pa.nulls(rows.num_rows, pa.string())
    if how == "move" and astray.any():
        first = np.flatnonzero(astray)[::-1]
        speaker = np.full(len(names), -1)
        speaker[groups[first]] = first
        moving = (speaker[groups] >= 0) & (splits != test)
        sizes = np.bincount(groups[moving], minlength=len(names))
        moved = tuple(
            Moved(
                str(names[group]),
                str(split_names[splits[speaker[group]]]),
                int(sizes[group]),
                hold_outs[held[speaker[group]]].said,
            )
            for group in np.flatnonzero(speaker >= 0).tolist()
        )
        result = pc.if_else(pa.array(moving), TEST, result)
    elif astray.any():
        said = [f"held_out: {hold_out.said}" for hold_out in hold_outs]
        which = np.where(astray, held, 0)
        reasons = pa.array(said).take(pa.array(which, mask=~astray))
    return Enforced(result, reasons, moved, _undated(rows, hold_outs))


def prove_held_out(rows: pa.Table, hold_outs: Sequence[HoldOut]) -> None:
    """Raise DatasetError, naming samples, if a held-out forgery lies in another split than test.

    `rows` has `COLUMNS`, `split` and `sample_id`.
    """
    held = held_out_rows(rows, hold_outs)
    splits, names = encode(rows["split"])
    is_test = np.array([*(name == TEST for name in names.to_pylist()), False])
    astray = np.flatnonzero((held >= 0) & ~is_test[splits])
    if not astray.size:
        return
    counts = Counter(hold_outs[place].said for place in held[astray].tolist())
    said = ", ".join(f"{count} of {name}" for name, count in sorted(counts.items()))
    some = rows["sample_id"].take(pa.array(astray[:_NAMED])).to_pylist()
    raise DatasetError(
        f"{astray.size} held-out forgeries lie outside the test split ({said}), such as "
        f"{', '.join(map(str, some))}. Plan them on sources of the test split, or move their groups"
    )


def _covers(hold_out: HoldOut, made: Made) -> bool:
    return hold_out.fits(**asdict(made))


def _undated(rows: pa.Table, hold_outs: Sequence[HoldOut]) -> tuple[str, ...]:
    if all(hold_out.released_from is None for hold_out in hold_outs):
        return ()
    model = "generator_model" if "generator_model" in rows.column_names else COLUMNS[2]
    _, kinds = combinations(rows["generator"], rows["generator_released"], rows[model])
    return tuple(sorted({kind[0] for kind in kinds if kind[0] and not kind[1] and kind[2]}))
