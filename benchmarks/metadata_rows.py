"""Rows of metadata as a large set would have them, made: what `benchmarks.metadata` works on."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_GENERATORS = tuple(f"generator_{number}" for number in range(12))
_OPERATIONS = ("splice", "copy_move", "inpaint_object", "instruct_edit", "text_replace", "stamp")
_THINGS = ("dog", "harbour", "letter", "market", "portrait", "mountain", "kitchen", "train")


def made_rows(rows: int) -> tuple[pa.Table, tuple[pa.Array, pa.Array]]:
    """The table, and the near-duplicates among its sources as two columns of names."""
    rng = np.random.default_rng(0)
    sources = rows // 4
    source = np.arange(rows) % sources
    fake = np.arange(rows) >= sources
    file = source * 2 // 3
    source_names = _named("src-", _scattered(sources))
    names = pa.concat_arrays([source_names, _named("job-", _scattered(rows - sources))])
    made_from = source_names.take(pa.array(source))
    generator = np.where(fake, (source + np.arange(rows) // sources) % 12, -1)
    operation = np.where(fake, generator % 6, -1)
    person = np.where(file % 10 == 0, file // 40, -1)[:rows]
    codecs = pa.array([_codec(number) for number in range(24)])
    chosen = pa.array(np.where(fake, file % 24, (file * 7) % 24))
    width = 256 + 16 * (file % 17)
    table = pa.table(
        {
            "sample_id": names,
            "label": pa.array(["real", "fake"]).take(pa.array(fake.astype(int))),
            "domain": _picked(("natural", "document", "deepfake"), file % 3),
            "source": made_from,
            "file": _named("photos/", file),
            "person": _named("person-", person, person < 0),
            "prompt": _named("a prompt about file ", file, ~(fake & (generator < 4))),
            "generator": _picked(_GENERATORS, generator),
            "generator_family": _picked(_GENERATORS, np.where(fake, generator // 3, -1)),
            "generator_autoencoder": _picked(_GENERATORS, np.where(fake, generator // 4, -1)),
            "generator_released": _picked(("2022-08", "2023-07", "2024-08-01"), generator // 4),
            "operation": _picked(_OPERATIONS, operation),
            "area": rng.uniform(0.0, 0.4, rows),
            "caption": _captions(file),
            "width": width,
            "height": 512 - width // 2,
            "bytes": (width * 120 + rng.integers(0, 9000, rows)).astype(np.int64),
            "codec": codecs.take(chosen),
        }
    )
    pairs = rng.integers(0, sources, (2, sources // 20))
    return table, (source_names.take(pa.array(pairs[0])), source_names.take(pa.array(pairs[1])))


def _scattered(count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Different numbers in no order, as hashes are."""
    return np.arange(count, dtype=np.int64) * 2654435761 % (1 << 40)


def _named(prefix: str, numbers: Any, missing: Any = None) -> pa.Array:
    texts = pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")
    return texts if missing is None else pc.if_else(pa.array(missing), None, texts)


def _picked(values: tuple[str, ...], numbers: Any) -> pa.Array:
    return pa.array(values).take(pa.array(numbers, mask=np.asarray(numbers) < 0))


def _codec(number: int) -> str:
    quality = 70 + number if number % 4 else None
    return json.dumps(
        {
            "format": "JPEG" if quality else "PNG",
            "lossless": quality is None,
            "quality": quality,
            "saves": 1,
            "subsampling": "4:2:0" if quality else None,
        }
    )


def _captions(file: Any) -> pa.Array:
    things, others = _picked(_THINGS, file % 8), _picked(_THINGS, file // 8 % 8)
    place = _named("in room ", file % 4000)
    return pc.binary_join_element_wise("a", things, "and a", others, place, " ")
