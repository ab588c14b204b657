"""Side information: what a file tells of itself before anybody has looked at the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from curation.shortcuts.catalogue import FEATURES
from schemas.identity import canonical_json
from schemas.picture import Codec
from schemas.vocabulary import Label


@dataclass(frozen=True, slots=True)
class SideInformation:
    """One stored picture without its pixels; `bytes` is the size of its encoded form.

    `features` are those of its file, by name, where they were taken (see `file_features`); they
    come before what the codec says. `domain`, `generator`: which slices it belongs to, "" where it
    belongs to none. `key` names it in the report.
    """

    label: Label
    group: str
    codec: Codec
    width: int
    height: int
    bytes: int
    domain: str = ""
    generator: str = ""
    key: str = ""
    features: Mapping[str, float | str] = field(default_factory=dict)


def side_table(rows: Sequence[SideInformation]) -> pa.Table:
    """The rows as columns, in the form that `tabulate` takes."""
    columns: dict[str, list[object]] = {
        "label": [row.label.value for row in rows],
        "group_id": [row.group for row in rows],
        "codec": [canonical_json(asdict(row.codec)) for row in rows],
        "width": [row.width for row in rows],
        "height": [row.height for row in rows],
        "bytes": [row.bytes for row in rows],
        "domain": [row.domain for row in rows],
        "generator": [row.generator for row in rows],
        "key": [row.key for row in rows],
    }
    arrays = {
        name: pa.array(values, type=_TYPES.get(name, pa.string()))
        for name, values in columns.items()
    }
    return pa.table(arrays | feature_arrays([row.features for row in rows]))


_TYPES = {"width": pa.int64(), "height": pa.int64(), "bytes": pa.int64()}


def feature_arrays(features: Sequence[Mapping[str, float | str]]) -> dict[str, pa.Array]:
    """Columns of the features that occur, in the catalogue's order; null where one is absent."""
    occurring = {name for one in features for name in one}
    return {
        name: pa.array(
            [one.get(name) for one in features],
            type=pa.float64() if feature.kind == "number" else pa.string(),
        )
        for name, feature in FEATURES.items()
        if name in occurring
    }
