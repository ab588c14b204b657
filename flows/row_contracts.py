"""The contracts of one published row: picture, masks, lineage, annotations, reasoning."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from PIL import Image

from annotation.chain_of_thought import parse
from curation.fingerprints.phash import fingerprint, to_hex
from curation.masks.observed import NoiseFloor, observe
from flows.picture_store import PictureStore
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.errors import CounterfoilError, StorageError
from schemas.features import LABELS
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, Label, Mode, Scope, Verdict
from storage.codecs import decode
from storage.masks import decode_mask

Row = dict[str, Any]
_ROUNDING = 0.01
MASKS = ("mask_requested", "mask_applied", "mask_observed")


class Known:
    """What a first pass over the light columns learns of the whole set."""

    def __init__(self) -> None:
        self.splits: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.groups: dict[str, set[str]] = {}


def check_row(row: Row, known: Known, pictures: PictureStore) -> Iterator[str]:
    """What is wrong with one row."""
    try:
        pixels = decode(row["image"]["bytes"])
        masks = {n: decode_mask(row[n]["bytes"]) for n in MASKS if row[n] is not None}
    except StorageError as error:
        yield str(error)
        return
    if pixels.shape[:2] != (row["height"], row["width"]):
        yield f"is {pixels.shape[1]} by {pixels.shape[0]}, not as its columns say"
    for name, mask in masks.items():
        if mask.shape != pixels.shape[:2]:
            yield f"{name} is not of its image's size"
    yield from _codec(row)
    if row["domain"] not in set(Domain):
        yield f"domain {row['domain']!r} is not known"
    if (
        to_hex(fingerprint(pixels)) != row["fingerprint"]
        and row["twin_of"] is None
        and row["codec"]["lossless"]
    ):
        yield "the fingerprint is not that of its image"
    yield from _lineage(row, known)
    if LABELS[row["label"]] == Label.FAKE:
        yield from _fake(row, pixels, masks, pictures)
    else:
        yield from _real(row)
    yield from _annotations(row)


def _codec(row: Row) -> Iterator[str]:
    with Image.open(io.BytesIO(row["image"]["bytes"])) as image:
        if image.format != row["codec"]["format"]:
            yield f"is stored as {image.format}, not {row['codec']['format']} as its codec says"
        if image.getexif() or image.info.get("icc_profile"):
            yield "carries metadata"


def _lineage(row: Row, known: Known) -> Iterator[str]:
    split = known.splits[row["sample_id"]]
    for column in ("source_id", "second_source_id", "twin_of"):
        other = row[column]
        if other is None:
            continue
        if other not in known.splits:
            yield f"{column} {other} is not in the set"
        elif known.splits[other] != split:
            yield f"{column} {other} lies in another split"


def _real(row: Row) -> Iterator[str]:
    for column in ("operation", "generator", "scope", "seed", *MASKS):
        if row[column] is not None:
            yield f"is real but has {column}"


def _fake(
    row: Row, pixels: Pixels, masks: dict[str, Mask], pictures: PictureStore
) -> Iterator[str]:
    for column in ("operation", "generator", "generator_version", "scope", "seed"):
        if row[column] is None:
            yield f"is a forgery without {column}"
    try:
        json.loads(row["parameters"])
    except ValueError:
        yield "parameters are not JSON"
    if row["scope"] not in set(Scope):
        yield f"scope {row['scope']!r} is not known"
        return
    if row["scope"] == Scope.FULL:
        return
    if row["source_id"] is None:
        return  # An import: there is nothing to hold it against.
    if "mask_observed" not in masks:
        yield "has no observed mask"
        return
    if row["scope"] == Scope.SPLICED and "mask_applied" not in masks:
        yield "is spliced but has no applied mask"
        return
    if not masks["mask_observed"].any():
        yield "the observed mask is empty"
    source = pictures.get(row["source_id"])
    if source is None or any(mask.shape != pixels.shape[:2] for mask in masks.values()):
        return
    try:
        original = decode(source)
    except StorageError:
        return  # The source's own row tells of it.
    if row["scope"] == Scope.SPLICED and original.shape != pixels.shape:
        yield "is not of its source's size"
        return
    if not row["codec"]["lossless"]:
        return
    applied = masks.get("mask_applied")
    noise = NoiseFloor.MODEL
    if row["scope"] == Scope.SPLICED:
        noise = NoiseFloor.NONE
        outside = int(((pixels != original).any(axis=2) & ~masks["mask_applied"]).sum())
        if outside:
            yield f"is spliced, yet {outside} pixels outside its applied mask are not its source's"
    seen = observe(original, pixels, applied, noise=noise)
    differing = int((seen.mask ^ masks["mask_observed"]).sum())
    # After a model the estimate sums floats, in an order that is the machine's.
    allowed = 0 if row["scope"] == Scope.SPLICED else _ROUNDING * int(seen.mask.sum())
    if differing > allowed:
        yield "the observed mask is not what differs between it and its source"


def _annotations(row: Row) -> Iterator[str]:
    ids = {annotation["annotation_id"] for annotation in row["annotations"]}
    if len(ids) != len(row["annotations"]):
        yield "two annotations share an id"
    for annotation in row["annotations"]:
        if annotation["attribute"] not in (*ATTRIBUTES_BY_ID, WHOLE):
            yield f"annotation of an unknown attribute {annotation['attribute']!r}"
        if annotation["verdict"] not in set(Verdict) or annotation["mode"] not in set(Mode):
            yield f"annotation {annotation['annotation_id']} has an unknown verdict or mode"
    attributes = Counter(consensus["attribute"] for consensus in row["attributes"])
    if set(attributes) != set(ATTRIBUTES_BY_ID) or max(attributes.values()) > 1:
        yield "the consensus does not name every attribute once"
    for consensus in (*row["attributes"], row["whole"]):
        if not set(consensus["rows"]) <= ids:
            yield f"the consensus on {consensus['attribute']} names rows that are not there"
    try:
        chain = parse(row["reasoning"])
    except (CounterfoilError, ValueError) as error:
        yield f"the reasoning is not in its four tags: {error}"
        return
    if chain.label != LABELS[row["label"]]:
        yield f"the reasoning concludes {chain.label}"
