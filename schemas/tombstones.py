"""Tombstones: what was taken down, by whom and why, so that no later build takes it in again."""

from __future__ import annotations

from datetime import date
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import StorageError

_IDENTIFYING = (
    "source_id",
    "origin",
    "sha256",
    "fingerprint",
    "sample_id",
    "attribution",
)


class Tombstone(BaseModel):
    """One thing that was taken down. Each field that identifies it is enough by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str | None = Field(None, min_length=1, description="Id of a source, a crop of it.")
    origin: str | None = Field(
        None, min_length=1, description="Name of the file or rendering: all that is cut from it."
    )
    sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the picture's file."
    )
    fingerprint: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{16}$",
        description="64-bit pHash: copies in any encoding, also scaled ones.",
    )
    turned: tuple[str, ...] = Field(
        (), description="Fingerprints of it mirrored and turned by quarters."
    )
    radius: int = Field(
        8, ge=0, le=16, description="Hamming distance of fingerprints within which it is a copy."
    )
    sample_id: str | None = Field(
        None, min_length=1, description="Id of one published picture or planned job, and it alone."
    )
    attribution: str | None = Field(
        None, min_length=3, description="Everything by this author: a part of the attribution."
    )
    reason: str = Field(min_length=1, description="Why, in words that may be published.")
    date: str = Field(description="When, as YYYY-MM-DD.")
    asked_by: str = Field("", description="Who asked for it.")

    @model_validator(mode="after")
    def _identifies(self) -> Self:
        if all(getattr(self, name) is None for name in _IDENTIFYING):
            raise ValueError(f"say what is taken down: one of {', '.join(_IDENTIFYING)}")
        date.fromisoformat(self.date)
        for spelt in self.turned:
            if len(spelt) != 16 or not set(spelt) <= set("0123456789abcdef"):
                raise ValueError(f"{spelt!r} in turned is no fingerprint of 16 hex digits")
        return self

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """All that a copy of it may look like."""
        return tuple(dict.fromkeys(filter(None, (self.fingerprint, *self.turned))))

    @property
    def said(self) -> str:
        """The reason with the date: `the author asked for it (2026-11-22)`."""
        return f"{self.reason.rstrip('. ')} ({self.date})"


def parse_tombstones(text: str, name: str) -> tuple[Tombstone, ...]:
    """The list in `text`: a JSON object a line, or a YAML list of mappings; `name` is its file.

    Raises `StorageError` that names the entry and the field.
    """
    try:
        if text.lstrip().startswith("{"):
            plain = [yaml.safe_load(line) for line in text.splitlines() if line.strip()]
        else:
            plain = yaml.safe_load(text) or []
    except yaml.YAMLError as error:
        raise StorageError(f"{name} is neither lines of JSON nor YAML: {error}") from error
    if not isinstance(plain, list):
        raise StorageError(f"{name} must be a list of tombstones, a JSON object a line")
    found = []
    for number, entry in enumerate(plain, start=1):
        try:
            found.append(Tombstone.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            said = str(first["msg"]).removeprefix("Value error, ")
            raise StorageError(
                f"{name}: tombstone {number}{f', field {field}' if field else ''}: {said}"
            ) from error
    return tuple(found)
