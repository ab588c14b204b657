"""Reads what an evaluation wrote of each picture, for who looks for the failures in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import DatasetError
from storage.files import location, read_bytes

PREDICTIONS = "predictions.parquet"
COLUMNS = ("sample_id", "label", "perturbation", "level", "answer", "mask_iou")
"""What is read of it."""
FAKE = 1
"""The answer, and the label, of a fake; 0 of a real picture, and an answer of -1 is unreadable."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a detector said of a picture: plain, or under a perturbation at a level.

    `called_fake` is None where the answer could not be read. `mask_iou`: how well the mask that it
    drew fits the true one, 0..1, None where that was not measured.
    """

    sample_id: str
    fake: bool
    called_fake: bool | None
    mask_iou: float | None = None
    perturbation: str = ""
    level: float | None = None

    @property
    def wrong(self) -> bool:
        """Whether the verdict is wrong; one that cannot be read is."""
        return self.called_fake is not self.fake


def read_answers(folder: Path) -> tuple[Answer, ...]:
    """The answers in an evaluation's folder for one detector, in the file's order.

    Raises `DatasetError` where the folder holds none, or a file of another make.
    """
    place = location(folder)
    path = place / PREDICTIONS
    if not path.exists():
        raise DatasetError(f"{folder} holds no {PREDICTIONS}. {_advice(folder)}")
    try:
        table = pq.read_table(io.BytesIO(read_bytes(path)))
    except pa.ArrowInvalid as error:
        raise DatasetError(f"{path} is no Parquet file; evaluate again: {error}") from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]}: it was not written by this version of "
            "`counterfoil evaluate`; evaluate again"
        )
    return tuple(_answers(table.select(list(COLUMNS))))


def _advice(folder: Path) -> str:
    """What to name instead."""
    inside = sorted(path.parent.name for path in folder.glob(f"*/{PREDICTIONS}"))
    if inside:
        return f"Name the folder of one detector in it: {', '.join(inside)}"
    return (
        "Name what `counterfoil evaluate DATASET --detector FOLDER` wrote for one detector, "
        "evaluations/<set>/<detector>"
    )


def _answers(table: pa.Table) -> Iterator[Answer]:
    for row in table.to_pylist():
        yield Answer(
            row["sample_id"],
            row["label"] == FAKE,
            None if row["answer"] not in (0, FAKE) else row["answer"] == FAKE,
            row["mask_iou"],
            row["perturbation"] or "",
            row["level"],
        )
