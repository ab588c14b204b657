"""Side information: what a file tells of itself before anybody has looked at the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.picture import Codec
from schemas.vocabulary import Label


@dataclass(frozen=True, slots=True)
class SideInformation:
    """One stored picture without its pixels; `bytes` is the size of its encoded form."""

    label: Label
    group: str
    codec: Codec
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property of the file and its columns in the matrix: several for a one-hot property."""

    name: str
    columns: tuple[int, ...]


def tabulate(
    rows: Sequence[SideInformation],
) -> tuple[npt.NDArray[np.float64], tuple[Attribute, ...]]:
    """A matrix (rows, columns) of at least one row, and the attributes that vary.

    Constant columns are left out. Format and subsampling are one-hot; an unknown quality is -1.
    """
    columns: list[npt.NDArray[np.float64]] = []
    attributes: list[Attribute] = []

    def add(name: str, values: Sequence[npt.NDArray[np.float64]]) -> None:
        varying = [column for column in values if np.ptp(column) > 0]
        if varying:
            first = len(columns)
            columns.extend(varying)
            attributes.append(Attribute(name, tuple(range(first, len(columns)))))

    def number(values: Sequence[float]) -> list[npt.NDArray[np.float64]]:
        return [np.array(values, np.float64)]

    def one_hot(values: Sequence[str]) -> list[npt.NDArray[np.float64]]:
        kinds = sorted(set(values))
        return [np.array([value == kind for value in values], np.float64) for kind in kinds]

    pixels = [row.width * row.height for row in rows]
    add("format", one_hot([row.codec.format for row in rows]))
    add("width", number([row.width for row in rows]))
    add("height", number([row.height for row in rows]))
    add("aspect", number([row.width / row.height for row in rows]))
    add("megapixels", number([count / 1e6 for count in pixels]))
    add("quality", number([-1 if q is None else q for q in (row.codec.quality for row in rows)]))
    add("subsampling", one_hot([row.codec.subsampling or "none" for row in rows]))
    add("saves", number([row.codec.saves for row in rows]))
    add(
        "bytes_per_pixel",
        number([row.bytes / count for row, count in zip(rows, pixels, strict=True)]),
    )
    return np.column_stack(columns) if columns else np.empty((len(rows), 0)), tuple(attributes)
