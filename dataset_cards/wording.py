"""How a card names, orders and rounds things, so that its tables and pictures agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.vocabulary import OPERATIONS, Domain

DOMAINS: tuple[str, ...] = (Domain.NATURAL, Domain.DOCUMENT, Domain.DEEPFAKE, Domain.AIGC)
"""The domains in the order in which a card shows them."""


def shown_order(domain: str, operation: str) -> tuple[int, int, str]:
    """Where an operation in a domain stands on a card; a plugin's own operations come last."""
    known = list(OPERATIONS)
    place = known.index(operation) if operation in OPERATIONS else len(known)
    return DOMAINS.index(domain), place, operation


def operation_title(operation: str) -> str:
    """The operation in words; a plugin's own operation by its name."""
    known = OPERATIONS.get(operation)
    return known.title if known else operation.replace("_", " ")


def codec_name(codec: Mapping[str, Any]) -> str:
    """A codec in a few characters: "PNG", "JPEG 90 4:2:0"."""
    parts = (codec["format"], codec["quality"], codec["subsampling"])
    return " ".join(str(part) for part in parts if part is not None)


def percent(share: float) -> str:
    """A share in two or three digits: "0.35%", "4.2%", "37%"."""
    if share == 0.0:
        return "0%"
    if share < 0.00995:
        return f"{share:.2%}"
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"
