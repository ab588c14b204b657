"""A record as it is published: its picture and masks taken through the chain that was planned."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from curation.codecs.chain import Chain, apply_chain
from curation.fingerprints.phash import fingerprint, to_hex
from curation.quality_figures import quality
from flows.stages.entering.chaining import framed
from schemas.identity import canonical_json
from schemas.record import Record
from storage.codecs import decode

MASKS = ("mask_requested", "mask_applied", "mask_observed")


def through(chain: Chain, record: Record) -> Record:
    """The record behind the chain; what was done to its picture stands in its notes.

    Where pixels were moved, what was measured of them is measured again: what the picture looks
    like before it is saved, as for every other one.
    """
    applied = apply_chain(chain, record.image, {name: getattr(record, name) for name in MASKS})
    changed = replace(record, image=applied.image, codec=applied.codec)
    if applied.notes:
        parameters = json.loads(record.parameters)
        parameters["notes"] = [*parameters.get("notes", ()), *applied.notes]
        if chain.like is not None:
            parameters["encoded_like"] = chain.like
        changed = replace(changed, parameters=canonical_json(parameters))
    if (applied.width, applied.height) == (record.width, record.height):
        return changed
    pixels = decode(apply_chain(framed(chain), record.image).image)
    return replace(
        changed,
        width=applied.width,
        height=applied.height,
        fingerprint=to_hex(fingerprint(pixels)),
        quality=replace(record.quality, **asdict(quality(pixels))),
        mask_requested=applied.masks["mask_requested"],
        mask_applied=applied.masks["mask_applied"],
        mask_observed=applied.masks["mask_observed"],
    )
