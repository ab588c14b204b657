"""Finds an extractor by its specification, as it is written on the command line."""

from __future__ import annotations

from detector.probes.contract import Extractor
from detector.probes.residuals import Residuals
from schemas.errors import CounterfoilError

KNOWN = ("residuals", "clip:CHECKPOINT", "dino:CHECKPOINT", "detector:FOLDER")


def extractor_named(spec: str) -> Extractor:
    """The extractor that `spec` names. Weights are loaded when the first picture is looked at.

    Raises CounterfoilError for an unknown one, MissingExtraError where torch is not installed,
    StorageError where there are no such weights.
    """
    kind, separator, place = spec.partition(":")
    if spec == "residuals":
        return Residuals()
    if separator and place and kind in ("clip", "dino"):
        from detector.probes.encoders import encoder

        return encoder(kind, place)
    if separator and place and kind == "detector":
        from detector.probes.trained import trained

        return trained(place)
    raise CounterfoilError(f"{spec!r} are no features of a probe; known: {', '.join(KNOWN)}")
