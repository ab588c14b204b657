"""What a source looks like, by which duplicates are found: computed once, with its other facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from curation.crops.tiles import tiles
from curation.fingerprints.orientations import orientations
from curation.fingerprints.phash import to_hex
from schemas.picture import Pixels
from schemas.recipe.curate import Duplicates

if TYPE_CHECKING:
    from curation.embeddings.embedder import Embedder

_BATCH = 32

COLUMNS = {
    "fingerprint": pa.string(),
    "orientations": pa.list_(pa.uint64()),
    "tiles": pa.binary(),
    "embedding": pa.list_(pa.float16()),
}
"""`fingerprint`: pHash, 16 hex digits; `orientations`: that of all eight ways to turn and mirror;
`tiles` (see `curation.crops`) and `embedding`: null unless the recipe compares by them."""


def look(pixels: Pixels, wanted: Duplicates) -> dict[str, Any]:
    """The columns of one picture, but for its embedding, which is made of many at once."""
    seen = orientations(pixels)
    return {
        "fingerprint": to_hex(seen[0]),
        "orientations": list(seen),
        "tiles": tiles(pixels).pack() if wanted.crops else None,
        "embedding": None,
    }


def at_once(wanted: Duplicates) -> int:
    """How many pictures to hold in memory: a batch where they are embedded, else one."""
    return _BATCH if wanted.embeddings else 1


def embeddings(pictures: Iterable[Pixels], wanted: Duplicates) -> Iterator[Sequence[float] | None]:
    """The embedding of each picture, in order; None where the recipe does not ask for any."""
    if wanted.embeddings is None:
        yield from (None for _ in pictures)
        return
    for vectors in _embedder(wanted.embeddings.model).embed(pictures):
        yield from vectors


@lru_cache(maxsize=1)
def _embedder(checkpoint: str) -> Embedder:
    # Once per worker process; torch is imported only where a recipe asks for it.
    from curation.embeddings.embedder import Embedder

    return Embedder(checkpoint, batch=_BATCH)
