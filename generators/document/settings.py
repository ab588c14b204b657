"""What can be set about edits of documents."""

from __future__ import annotations

from pydantic import Field, field_validator

from generators.contract import Options


class DocumentOptions(Options):
    """Options of the document generator."""

    min_height: float = Field(
        7.0, ge=4, le=200, description="Least height of a word that is edited, in pixels."
    )
    max_words: int = Field(
        3, ge=1, le=12, description="Most adjacent words that text_remove erases."
    )
    max_tries: int = Field(
        12, ge=1, le=200, description="How many words or places are tried before a job is rejected."
    )
    regrain: bool = Field(
        True, description="Give erased places the grain of the paper around them."
    )
    min_likeness: float = Field(
        0.8,
        ge=0,
        le=1,
        description=(
            "Least correlation of a captured word with itself drawn in the best typeface; words "
            "below it are not retyped."
        ),
    )
    prefer_fields: float = Field(
        0.7,
        ge=0,
        le=1,
        description="How often fields, numbers and dates are tried before ordinary words.",
    )
    inks: tuple[str, ...] = Field(
        ("#b3202c", "#23408f", "#5a2d82", "#1f6b4f"),
        min_length=1,
        description="Colours of rubber stamps, as #rrggbb.",
    )

    @field_validator("inks")
    @classmethod
    def _are_colours(cls, inks: tuple[str, ...]) -> tuple[str, ...]:
        for ink in inks:
            digits = ink.removeprefix("#")
            if len(ink) != 7 or len(digits) != 6 or not _is_hexadecimal(digits):
                raise ValueError(f"{ink!r} is no colour; write it as #rrggbb")
        return inks


def _is_hexadecimal(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)
