"""Stage 1: read every real picture, cut it into crops, fingerprint it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from itertools import islice
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from curation.quality_figures import quality
from flows.run import Run
from flows.stages.entering import looks
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.errors import OutcomeError
from schemas.identity import canonical_json, derive_seed
from schemas.picture import Picture, RejectedSource, Source
from schemas.recipe import Recipe
from schemas.recipe.curate import Duplicates
from schemas.recipe.model import MOST_PARTS
from schemas.recipe.sources import RenderedSource
from schemas.vocabulary import Domain, Status
from sources.faces import detector_signature
from sources.reader import SourceReader, open_reader
from storage.codecs import decode, encode_png
from storage.masks import decode_mask, encode_mask
from storage.parts import Part, count_outcomes

NAME = "sources"
TABLE = "pictures"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "entry": pa.int32(),
        "origin": pa.string(),
        "source_id": pa.string(),
        "source": pa.string(),
        **looks.COLUMNS,
        "quality": pa.string(),
        "size": pa.int64(),
        "image": pa.binary(),
        "instances": pa.list_(pa.binary()),
    }
)
Chunk = tuple[int, tuple[str, ...]]
LIGHT = tuple(name for name in SCHEMA.names if name not in ("image", "instances"))
_SOURCE = TypeAdapter(Source)


def parse_source(text: str) -> Source:
    """A `Source` from its JSON."""
    return _SOURCE.validate_json(text)


def picture_from_row(row: dict[str, Any]) -> Picture:
    """A picture with its pixels from a row of this stage."""
    masks = tuple(decode_mask(mask) for mask in row["instances"])
    return Picture(parse_source(row["source"]), decode(row["image"]), masks)


def chunks(run: Run) -> list[Chunk]:
    """The parts of the stage: (index of the recipe's entry, names of what this part reads)."""
    return list(_chunks(run.recipe.model_dump_json()))


@lru_cache(maxsize=4)
def _chunks(recipe_json: str) -> tuple[Chunk, ...]:
    # Listing a large folder is slow, and every task of the stage asks again.
    return tuple(plan_chunks(Recipe.model_validate_json(recipe_json)))


def plan_chunks(recipe: Recipe) -> list[Chunk]:
    """The parts of a recipe's first stage, from the names of what can be read alone."""
    parts: list[Chunk] = []
    for index, entry in enumerate(recipe.sources):
        origins = reader_of(recipe, index).origins()
        crops = getattr(entry, "crops", None)
        size = max(1, recipe.part_size // (crops.per_picture if crops else 1))
        size = max(size, -(-len(origins) // MOST_PARTS))
        for start in range(0, len(origins), size):
            parts.append((index, tuple(origins[start : start + size])))
    return parts


def reader_of(recipe: Recipe, index: int) -> SourceReader:
    """The reader of one `sources` entry.

    Entries of one kind get different seeds, or two of rendered documents would render the same.
    The first of its kind keeps the recipe's, so that an entry behind it changes nothing.
    """
    entry = recipe.sources[index]
    ordinal = sum(other.kind == entry.kind for other in recipe.sources[:index])
    seed = derive_seed(entry.kind, ordinal, recipe.seed) if ordinal else recipe.seed
    return open_reader(entry, seed)


def read_origins(recipe: Recipe, entry: int, origins: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """One row a picture of a `sources` entry, in order; every origin gives at least one row."""
    wanted = recipe.curation.duplicates
    found = _read(reader_of(recipe, entry), origins)
    while some := list(islice(found, looks.at_once(wanted))):
        pictures = (one.pixels for one in some if isinstance(one, Picture))
        embedded = looks.embeddings(pictures, wanted)
        for one in some:
            if isinstance(one, RejectedSource):
                yield _rejected(one) | {"entry": entry}
            else:
                yield _accepted(one, wanted) | {"embedding": next(embedded), "entry": entry}


def _read(reader: SourceReader, origins: Iterable[str]) -> Iterator[Picture | RejectedSource]:
    for origin in origins:
        empty = True
        for found in reader.read(origin):
            empty = False
            yield found
        if empty:
            raise OutcomeError(f"{origin} gave neither a picture nor a reason; please report it")


def _accepted(picture: Picture, wanted: Duplicates) -> dict[str, Any]:
    image = encode_png(picture.pixels)
    return {
        "status": Status.OK,
        "reason": None,
        "detail": None,
        "origin": picture.source.origin,
        "source_id": picture.source.source_id,
        "source": canonical_json(asdict(picture.source)),
        **looks.look(picture.pixels, wanted),
        "quality": canonical_json(asdict(quality(picture.pixels))),
        "size": len(image),
        "image": image,
        "instances": [encode_mask(mask) for mask in picture.instances],
    }


def _rejected(source: RejectedSource) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": Status.REJECTED,
        "reason": source.reason,
        "detail": source.detail,
        "origin": source.origin,
    }


def _count(run: Run) -> int:
    return len(chunks(run))


def _inputs(run: Run, index: int) -> object:
    entry, origins = chunks(run)[index]
    reader = reader_of(run.recipe, entry)
    asked = run.recipe.sources[entry]
    faces = ""
    if not isinstance(asked, RenderedSource) and asked.domain is Domain.DEEPFAKE:
        faces = detector_signature(asked.face_detector, asked.face_landmarks)
    duplicates = run.recipe.curation.duplicates
    return (
        asked.model_dump(mode="json"),
        duplicates.model_dump(mode="json", include={"crops", "embeddings"}),
        faces,
        run.recipe.seed,
        [(origin, reader.signature(origin)) for origin in origins],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    entry, origins = chunks(run)[index]
    rows = list(read_origins(run.recipe, entry, origins))
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


SOURCES = Stage(NAME, _count, _inputs, _work)
