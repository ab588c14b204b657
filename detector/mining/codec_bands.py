"""Sorts encodings into a few bands, and says a band as a job list's hint."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.job_list import CodecHint

Format = Literal["JPEG", "PNG", "WEBP"]


@dataclass(frozen=True, slots=True)
class CodecBand:
    """Encodings that are much alike: a container and, for lossy ones, qualities `low` to `high`."""

    name: str
    format: Format | None
    low: int = 1
    high: int = 100

    @property
    def lossy(self) -> bool:
        """Whether it is a band of qualities."""
        return (self.low, self.high) != (1, 100)


BANDS: tuple[CodecBand, ...] = (
    CodecBand("PNG", "PNG"),
    CodecBand("JPEG 90 and up", "JPEG", 90, 100),
    CodecBand("JPEG 75 to 89", "JPEG", 75, 89),
    CodecBand("JPEG below 75", "JPEG", 1, 74),
    CodecBand("WEBP 75 and up", "WEBP", 75, 100),
    CodecBand("WEBP below 75", "WEBP", 1, 74),
    CodecBand("JPEG", "JPEG"),
    CodecBand("WEBP", "WEBP"),
)
"""The last two are for files whose quality nobody knows."""
OTHER = CodecBand("another encoding", None)
_BY_NAME = {band.name: band for band in BANDS}


def codec_band(codec: Mapping[str, Any] | None) -> CodecBand:
    """The band of a published row's `codec`."""
    if codec is None:
        return OTHER
    quality = codec["quality"]
    for band in BANDS:
        if band.format != codec["format"]:
            continue
        if quality is None or codec.get("lossless"):
            if not band.lossy:
                return band
        elif band.low <= quality <= band.high:
            return band
    return OTHER


def hint_of(names: Collection[str]) -> CodecHint | None:
    """The hint that says these bands; None where no one container does."""
    bands = [_BY_NAME.get(name, OTHER) for name in names]
    formats = {band.format for band in bands}
    if len(formats) != 1 or bands[0].format is None:
        return None
    if not all(band.lossy for band in bands):
        return CodecHint(format=bands[0].format)
    ends = (min(band.low for band in bands), max(band.high for band in bands))
    return CodecHint(format=bands[0].format, quality=ends)
