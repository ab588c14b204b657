"""What may be known of a picture beside its pixels: of the whole, and of places in it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.picture import Mask, Word
from schemas.vocabulary import Consent


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of the places in an upright picture: its words, its objects with their names.

    The masks are bool (height, width) of the picture's size.
    """

    words: tuple[Word, ...] = ()
    instances: tuple[tuple[Mask, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known of a picture as a whole; None where nothing is said."""

    caption: str | None = None
    identity: str | None = None
    licence: str | None = None
    attribution: str | None = None
    consent: Consent | None = None
