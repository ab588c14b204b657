"""Spliced twins: what a model redrew, put back into the source by the exact applied mask."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from curation.masks.registration import align, register
from schemas.identity import canonical_json
from schemas.picture import Pixels
from schemas.vocabulary import Scope, Status
from storage.codecs import decode, encode_png
from storage.masks import decode_mask


def compose(row: dict[str, Any], source: Pixels) -> dict[str, Any]:
    """The row of the spliced twin of a forged row: outside the applied mask it is the source.

    A picture that came back moved or in another size is first laid over its source. Where that
    cannot be done safely, or where there is no mask, the row becomes a rejection.
    """
    if row["applied"] is None:
        return _rejected(row, "no_applied_mask", "without an applied mask nothing can be pasted")
    image, applied = decode(row["image"]), decode_mask(row["applied"])
    registration = register(source, image)
    if not registration.confident or applied.shape != source.shape[:2]:
        return _rejected(row, "not_registered", "where it lies over its source is not certain")
    if not registration.identity:
        image, shown = align(image, registration)
        if not shown[applied].all():
            return _rejected(row, "cut_off", "it does not show all of the place that was edited")
    spliced = encode_png(np.where(applied[..., None], image, source))
    parameters = json.loads(row["parameters"]) | {"composed": True}
    return row | {
        "scope": Scope.SPLICED.value,
        "image": spliced,
        "size": len(spliced),
        "parameters": canonical_json(parameters),
    }


def _rejected(row: dict[str, Any], reason: str, detail: str) -> dict[str, Any]:
    kept = {name: row[name] for name in ("job_id", "source_id", "operation")}
    outcome = {"status": Status.REJECTED, "reason": reason, "detail": detail}
    return dict.fromkeys(row) | kept | outcome
