"""Holds forgeries out of training: by generator, family, autoencoder, date or operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from curation.splitting.columns import Codes, combinations, encode
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
"""The columns of a published set that say how a forgery was made."""
_FACTS = tuple(name.removeprefix("generator_") for name in COLUMNS)
"""What `HoldOut.fits` calls them."""
_NAMED = 5


def held_out_rows(rows: pa.Table, hold_outs: Sequence[HoldOut]) -> Codes:
    """int64 (n,): for each row the place of the first hold-out that covers it, or -1.

    `rows` has `COLUMNS`; those of real pictures are null or empty there.
    """
    codes, kinds = combinations(*(rows[name] for name in COLUMNS))
    places = np.array([_held_out_by(kind, hold_outs) for kind in kinds], np.int64)
    return np.asarray(places[codes], np.int64)


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


def _held_out_by(kind: tuple[str, ...], hold_outs: Sequence[HoldOut]) -> int:
    facts = dict(zip(_FACTS, kind, strict=True))
    fitting = (place for place, one in enumerate(hold_outs) if kind[0] and one.fits(**facts))
    return next(fitting, -1)
