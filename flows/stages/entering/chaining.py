"""The encodings that each sample goes through, planned over the whole set and kept with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from curation.codecs.chain import Chain, parse_chain
from curation.codecs.planning import plan_chains
from curation.codecs.samples import Sample
from curation.codecs.stored import StoredCodec
from flows.stages.entering.known import Known
from schemas.picture import Codec, Source
from schemas.recipe import Recipe
from schemas.vocabulary import Label, Scope

_TRUE_HISTORY = ("matched", "as_they_came")
_BLOCKS = 16


def add_chains(recipe: Recipe, rows: Sequence[dict[str, Any]], known: Known) -> None:
    """Give each row its `chains`, as JSON: one, or two for pictures that are stored twice."""
    samples = [_sample(recipe, row, known) for row in rows]
    chains = plan_chains(recipe.codec, samples, recipe.seed, recipe.codec.fit)
    for row in rows:
        row["chains"] = [chain.to_json() for chain in chains[row["sample_id"]]]


def read_chains(row: Mapping[str, Any]) -> list[Chain]:
    """The chains of a selected sample, in order."""
    return [parse_chain(text) for text in row["chains"]]


def framed(chain: Chain) -> Chain:
    """The part of a chain that moves pixels: what is cut out and resized, stored without loss."""
    return replace(chain, stored=StoredCodec("PNG"), before=())


def _sample(recipe: Recipe, row: Mapping[str, Any], known: Known) -> Sample:
    source = known.sources.get(row["source_id"] or "")
    sample_id = row["sample_id"]
    if row["label"] == Label.REAL:
        assert source is not None, "a real picture is its own source"
        return Sample(
            sample_id,
            row["domain"],
            row["split"],
            source.width,
            source.height,
            source.history,
            phase=_phase(source),
        )
    scope = known.scopes[sample_id]
    true = recipe.codec.policy in _TRUE_HISTORY and scope != Scope.SPLICED
    width, height = known.sizes[sample_id]
    return Sample(
        sample_id,
        row["domain"],
        row["split"],
        width,
        height,
        # A lineage counts as saved as often as its source was, but where chains make up for it.
        Codec("PNG") if source is None or true else source.history,
        generator=recipe.forge[row["entry"]].config_name,
        source_id=row["source_id"],
        same_frame=scope != Scope.FULL,
    )


def _phase(source: Source) -> tuple[int, int]:
    """Where the block grid of a picture's file begins, from the corner that it was cut at."""
    left, top = source.crop[:2] if source.crop else (0, 0)
    return left % _BLOCKS, top % _BLOCKS
