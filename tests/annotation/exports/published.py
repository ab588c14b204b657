"""A small published set: shards as they are written, with pictures, masks and reasoning."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annotation.chain_of_thought import render
from annotation.consensus import undecided
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID
from schemas.features import to_row
from schemas.picture import Codec
from schemas.record import Quality, Record
from schemas.vocabulary import Domain, Label, RaterKind, Scope, Verdict
from storage.codecs import encode_jpeg, encode_png
from storage.masks import encode_mask
from storage.published import PublishedSet
from tests.annotation.agreed import consensus
from tests.annotation.agreement.panel import vote
from tests.published_sets import publish

SIDE = 72
CAPTION = "A <red> car, “parked” — déjà vu."


def record(number: int, generator: str | None, source: str | None = None) -> Record:
    """A forgery by `generator` of `source`, or a real picture; every second one is a JPEG."""
    label = Label.REAL if generator is None else Label.FAKE
    sample = f"job-{number:04d}" if generator else f"source-{number:04d}"
    rows = judgements(sample, label)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    pixels = np.stack([x * 3 + number, y * 3, x + y + 3 * number], axis=-1).astype(np.uint8)
    jpeg = number % 2 == 1
    mask = encode_mask(np.asarray(x < 5)) if generator else None
    return Record(
        sample_id=sample,
        image=encode_jpeg(pixels, 90, "4:2:0") if jpeg else encode_png(pixels),
        label=label,
        domain=Domain.NATURAL,
        operation="local_splice" if generator else None,
        generator=generator,
        generator_family=generator,
        generator_version="1" if generator else None,
        generator_model="lab/model one" if generator else None,
        generator_autoencoder=None,
        generator_released=None,
        generator_terms=None,
        scope=Scope.SPLICED if generator else None,
        mask_requested=mask,
        mask_applied=mask,
        mask_observed=None if number % 3 == 0 else mask,
        source_id=source or sample,
        second_source_id=None,
        group_id=f"group-{number}",
        twin_of=None,
        prompt=None,
        seed=1,
        parameters="{}",
        width=SIDE,
        height=SIDE,
        codec=Codec("JPEG", 90, "4:2:0", 1, False) if jpeg else Codec("PNG"),
        caption=CAPTION,
        annotations=tuple(rows),
        attributes=consensus(rows),
        whole=undecided(sample).whole.published(),
        reasoning=render(label, CAPTION, rows, consensus(rows)),
        quality=Quality(1, 1, 1, 1, 1),
        fingerprint="0" * 16,
        licence="CC0-1.0",
        attribution="",
    )


def judgements(sample: str, label: Label) -> list[Annotation]:
    """Two of five attributes are found; of the others nobody is sure, or the other pole is."""
    verdict = Verdict.PRESENT if label is Label.FAKE else Verdict.ABSENT
    return [
        vote(
            sample,
            "anna",
            RaterKind.HUMAN,
            attribute,
            verdict if attribute in {"texture", "semantics"} else Verdict.UNSURE,
            rationale=f"What {sample} says of {attribute}: größer < kleiner.",
        )
        for attribute in ATTRIBUTES_BY_ID
    ]


def published(root: Path) -> PublishedSet:
    """Six real pictures and seven forgeries for training, four and five (of two kinds) to test."""
    train = [record(n, None) for n in range(6)]
    train += [record(100 + n, "splice", "source-0000") for n in range(7)]
    test = [record(20 + n, None) for n in range(4)]
    test += [record(200 + n, "splice", f"source-{20 + n % 2:04d}") for n in range(3)]
    test += [record(300 + n, "copy_move", f"source-{22 + n:04d}") for n in range(2)]
    middle = [record(40, None), record(400, "splice", "source-0040")]
    splits = (("train", train), ("validation", middle), ("test", test))
    parts = ((split, map(to_row, records[part::2])) for split, records in splits for part in (0, 1))
    return publish(root, parts, 3)
