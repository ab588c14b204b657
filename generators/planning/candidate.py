"""What planning starts from, and what it says of a forgery that cannot be planned."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.picture import Source


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that jobs may use, with its place, its group and its split.

    `entry` is the name of the recipe's `sources` entry that it comes from, where it has one.
    """

    source: Source
    part: int
    group: str
    split: str
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Unplannable:
    """A forgery that the recipe asks for and that no source can give."""

    entry: int
    operation: str
    reason: str
    detail: str
