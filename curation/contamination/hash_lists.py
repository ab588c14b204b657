"""Hash lists: the fingerprints of a benchmark, for those who may not hand out its pictures."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from upath import UPath

from curation.fingerprints.columns import HEX, from_column
from schemas.errors import StorageError
from storage.files import explained, read_bytes, writing

METHOD = "phash-64"
"""Which fingerprints lie within bits of one another: those of one method."""
TEXTS = (".txt", ".csv", ".tsv")
_METADATA = b"counterfoil.hash_list"
_FORMAT = 1
_ORIENTATIONS = 8
_HASH = re.compile(HEX)

Prints = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class HashList:
    """Fingerprints with the names of their pictures.

    `keys` is an Arrow array of n strings, `fingerprints` uint64 (n,), `orientations` uint64 (n, 8)
    of the eight ways to turn and mirror a picture ([:, 0] as it stands) or None, `sizes` int32
    (n, 2) of widths and heights or None, `tiles` an Arrow array of n packed tiles (binary; see
    `curation.crops`) or None. `unreadable`: files that gave no fingerprint. `method`
    says how the fingerprints were made, `made_by` by which version of what.
    """

    name: str
    keys: pa.Array
    fingerprints: Prints
    orientations: Prints | None = None
    sizes: npt.NDArray[np.int32] | None = None
    tiles: pa.Array | None = None
    unreadable: int = 0
    method: str = METHOD
    made_by: str = ""

    def __len__(self) -> int:
        return len(self.fingerprints)

    def key(self, index: int) -> str:
        """The name of one picture."""
        return str(self.keys[index].as_py())


def write_hash_list(path: UPath, found: HashList) -> None:
    """Write a hash list as Parquet: `key`, `fingerprint` (uint64), and what else there is."""
    columns: dict[str, pa.Array] = {
        "key": found.keys,
        "fingerprint": pa.array(found.fingerprints, pa.uint64()),
    }
    if found.orientations is not None:
        flat = pa.array(np.ascontiguousarray(found.orientations).reshape(-1), pa.uint64())
        columns["orientations"] = pa.FixedSizeListArray.from_arrays(flat, _ORIENTATIONS)
    if found.sizes is not None:
        columns["width"] = pa.array(found.sizes[:, 0], pa.int32())
        columns["height"] = pa.array(found.sizes[:, 1], pa.int32())
    if found.tiles is not None:
        columns["tiles"] = found.tiles
    told = {
        "format": _FORMAT,
        "name": found.name,
        "pictures": len(found),
        "unreadable": found.unreadable,
        "method": found.method,
        "made_by": found.made_by,
    }
    table = pa.table(columns).replace_schema_metadata({_METADATA: json.dumps(told).encode()})
    with writing(path) as file:
        pq.write_table(table, file, compression="zstd", use_dictionary=False)


def is_hash_list(path: UPath) -> bool:
    """Whether a file is a hash list, by its ending or, for Parquet, by its columns."""
    if path.name.lower().endswith(TEXTS):
        return True
    if not path.name.lower().endswith(".parquet"):
        return False
    names = _parquet_schema(path).names
    return "fingerprint" in names and "image" not in names


def read_hash_list(path: UPath) -> HashList:
    """Read a hash list: Parquet as `write_hash_list` makes it, a text file or a CSV.

    In Parquet, fingerprints may be uint64, int64 or 16 hex digits, and all columns but
    `fingerprint` may be absent. In a text file each line has one hash of 16 hex digits and, before
    or after it, a name; lines that begin with # and a heading are passed over. Raises
    `StorageError` where a line has no hash, or the hashes were made by another method.
    """
    if path.name.lower().endswith(TEXTS):
        return _read_text(path)
    schema = _parquet_schema(path)
    told = json.loads((schema.metadata or {}).get(_METADATA, b"{}"))
    if "fingerprint" not in schema.names:
        raise StorageError(
            f"{path} is no hash list: it has no column fingerprint, "
            f"only {', '.join(schema.names)}. Make one with "
            "`counterfoil fingerprint FOLDER --out LIST.parquet`"
        )
    method = told.get("method", METHOD)
    if method != METHOD:
        raise StorageError(
            f"{path} was made by the method {method}, this version compares {METHOD}: make the "
            "list anew with `counterfoil fingerprint`"
        )
    wanted = ("key", "fingerprint", "orientations", "width", "height", "tiles")
    names = [name for name in wanted if name in schema.names]
    with explained(f"reading {path}"), path.open("rb") as file:
        table = pq.read_table(file, columns=names, use_threads=False)
    keys = (
        table["key"].cast(pa.string()).combine_chunks()
        if "key" in names
        else _numbered(table.num_rows)
    )
    sizes = None
    if "width" in names and "height" in names:
        sides = [
            table[name].fill_null(0).to_numpy().astype(np.int32) for name in ("width", "height")
        ]
        sizes = np.stack(sides, axis=1)
    turned = table["orientations"].combine_chunks() if "orientations" in names else None
    return HashList(
        told.get("name") or path.stem,
        keys,
        from_column(table["fingerprint"].combine_chunks(), str(path)),
        None if turned is None or turned.null_count else _turned(turned, path),
        sizes,
        table["tiles"].combine_chunks() if "tiles" in names else None,
        told.get("unreadable", 0),
        method,
        told.get("made_by", ""),
    )


def _parquet_schema(path: UPath) -> pa.Schema:
    try:
        with explained(f"reading {path}"), path.open("rb") as file:
            return pq.ParquetFile(file).schema_arrow
    except pa.ArrowException as error:
        raise StorageError(f"{path} is no Parquet file, or a broken one: {error}") from error


def _turned(values: pa.Array, path: UPath) -> Prints:
    flat = values.flatten()
    if len(flat) != _ORIENTATIONS * len(values):
        raise StorageError(f"{path}: a picture has {_ORIENTATIONS} orientations, or none")
    return np.asarray(from_column(flat, str(path)).reshape(-1, _ORIENTATIONS))


def _read_text(path: UPath) -> HashList:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StorageError(f"{path} is no text: {error}") from error
    names: list[str] = []
    prints: list[str] = []
    for number, cells in _cells(text):
        hashes = [place for place, cell in enumerate(cells) if _HASH.fullmatch(cell)]
        if not hashes:
            if not prints and len(cells) > 1:
                continue  # a heading
            raise StorageError(
                f"{path}, line {number}: no hash of 16 hex digits in {' '.join(cells)[:60]!r}"
            )
        prints.append(cells[hashes[0]])
        name = " ".join(cell for place, cell in enumerate(cells) if place != hashes[0])
        names.append(name or f"line {number}")
    if not prints:
        raise StorageError(f"{path} holds no hash")
    found = from_column(pa.array(prints, pa.string()), str(path))
    return HashList(path.stem, pa.array(names, pa.string()), found)


def _cells(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The cells of every line that says something, with its number."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        split = line.split() if "," not in line and "\t" not in line else None
        mark = "," if "," in line else "\t"
        cells = split if split is not None else next(csv.reader([line], delimiter=mark))
        yield number, [cell.strip() for cell in cells]


def _numbered(count: int) -> pa.Array:
    return pc.binary_join_element_wise("row", pa.array(np.arange(count)).cast(pa.string()), " ")
