"""The features that the audit looks at: what each is called, and what to do when it tells."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.shortcuts import Family


@dataclass(frozen=True, slots=True)
class Feature:
    """One property of a file. `kind` is "number" or "name" (a category).

    `title` names it in a sentence. `digits`: how many decimals are shown. `absent` is shown where
    a number is unknown or 0.
    """

    name: str
    title: str
    family: Family
    kind: str = "number"
    digits: int = 0
    unit: str = ""
    absent: str = "none"


def _of(family: Family, *features: tuple[str, str, str, int, str, str]) -> list[Feature]:
    return [
        Feature(name, title, family, kind, digits, unit, absent)
        for name, title, kind, digits, unit, absent in features
    ]


# Within a family the plainest stands first: of features that tell equally well it is the one named.
_ALL = [
    *_of(
        Family.CONTAINER,
        ("format", "format of the file", "name", 0, "", "unknown"),
        ("mode", "colour mode", "name", 0, "", "unknown"),
    ),
    *_of(
        Family.SIZE,
        ("size_step", "power of two that divides both sides", "number", 0, "", "none"),
        ("width", "width", "number", 0, "px", "unknown"),
        ("height", "height", "number", 0, "px", "unknown"),
        ("aspect", "width by height", "number", 2, "", "unknown"),
        ("megapixels", "megapixels", "number", 2, "MP", "unknown"),
    ),
    *_of(
        Family.ENCODING,
        ("quality", "JPEG quality", "number", 0, "", "no JPEG"),
        ("subsampling", "chroma subsampling", "name", 0, "", "none"),
        ("scan", "order of the scans", "name", 0, "", "none"),
        ("huffman", "Huffman tables", "name", 0, "", "none"),
        ("restart", "restart interval", "number", 0, "", "none"),
        ("deflate", "level of compression in the PNG", "name", 0, "", "none"),
        ("tables", "quantisation tables", "name", 0, "", "none"),
        ("luma_step", "mean luminance step", "number", 1, "", "no JPEG"),
        ("chroma_step", "mean chrominance step", "number", 1, "", "none"),
        ("bytes_per_pixel", "bytes a pixel", "number", 2, "", "unknown"),
    ),
    *_of(
        Family.METADATA,
        ("exif", "EXIF block", "number", 0, "bytes", "no EXIF"),
        ("xmp", "XMP block", "number", 0, "bytes", "no XMP"),
        ("icc", "colour profile", "number", 0, "bytes", "no profile"),
        ("provenance", "provenance manifest (C2PA)", "number", 0, "bytes", "no manifest"),
        ("comment", "comment or text", "number", 0, "bytes", "no text"),
        ("jfif", "JFIF header", "name", 0, "", "none"),
        ("adobe", "Adobe segment", "name", 0, "", "none"),
        ("segments", "order of the segments", "name", 0, "", "unknown"),
        ("segment_count", "number of segments", "number", 0, "", "unknown"),
    ),
    *_of(
        Family.HISTORY,
        ("resaved", "trace of an earlier JPEG save", "number", 2, "", "no trace"),
        ("first_quality", "quality of an earlier save", "number", 0, "", "no trace"),
        ("second_grid", "trace of a second, shifted JPEG grid", "number", 3, "", "no trace"),
        ("grid", "strength of the JPEG grid", "number", 2, "", "no trace"),
        ("grid_place", "place of the JPEG grid", "name", 0, "", "unknown"),
        ("grid_x", "column in which the JPEG grid begins", "number", 0, "", "no grid"),
        ("grid_y", "row in which the JPEG grid begins", "number", 0, "", "no grid"),
        ("saves", "number of lossy saves on record", "number", 0, "", "none"),
    ),
    *_of(
        Family.COLOUR,
        ("saturation", "mean saturation", "number", 2, "", "unknown"),
        ("grey", "share of grey pixels", "number", 2, "", "none"),
        ("red", "mean of red", "number", 0, "", "unknown"),
        ("green", "mean of green", "number", 0, "", "unknown"),
        ("blue", "mean of blue", "number", 0, "", "unknown"),
        ("red_spread", "spread of red", "number", 0, "", "unknown"),
        ("green_spread", "spread of green", "number", 0, "", "unknown"),
        ("blue_spread", "spread of blue", "number", 0, "", "unknown"),
        ("black", "share of black pixels", "number", 3, "", "none"),
        ("white", "share of white pixels", "number", 3, "", "none"),
    ),
    *_of(
        Family.FREQUENCY,
        ("slope", "slope of the spectrum", "number", 2, "", "unknown"),
        ("middle", "share of middle frequencies (log)", "number", 2, "", "unknown"),
        ("high", "share of high frequencies (log)", "number", 2, "", "unknown"),
        ("corner", "share of the highest frequencies (log)", "number", 2, "", "unknown"),
        ("peak_2", "peak at a period of 2 pixels", "number", 2, "", "unknown"),
        ("peak_4", "peak at a period of 4 pixels", "number", 2, "", "unknown"),
        ("peak_8", "peak at a period of 8 pixels", "number", 2, "", "unknown"),
    ),
]

FEATURES: dict[str, Feature] = {feature.name: feature for feature in _ALL}
"""By name, in the order in which they are named where they tell equally well."""
RANK: dict[str, int] = {name: number for number, name in enumerate(FEATURES)}
