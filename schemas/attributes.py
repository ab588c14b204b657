"""The ten forgery attributes (five axes, a forged and an authentic pole each) with definitions.

The names and the two levels are MMFR's ("Toward Generalizable Forgery Detection and Reasoning",
arXiv 2503.21210), which gives the bare names; definitions, cues and counter-examples are ours.

A rater is asked about the five *forged* poles of every picture, real or fake, so that which
attributes were asked about never tells the label. The authentic pole is the same judgement read
from the other end: `absent` for "Anomalous Image Texture" is `present` for "Natural and Consistent
Image Texture".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TAXONOMY_VERSION = "2"

WHOLE = "whole"
"""The attribute of rows about the picture as a whole: `present` says that it is forged."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One axis along which a forged picture can differ from an authentic one."""

    id: str
    level: Literal["low", "high"]
    forged: str
    authentic: str
    definition: str
    cues: tuple[str, ...]
    counter_example: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        id="lighting",
        level="low",
        forged="Inconsistent Lighting and Shadows",
        authentic="Consistent Lighting and Shadows",
        definition=(
            "Shading, highlights and cast shadows of one part of the scene cannot come from the "
            "light that falls on the rest: its direction, hardness, colour or strength differs."
        ),
        cues=(
            "the lit side of one object faces away from the light that others receive",
            "a shadow is missing, doubled, or points elsewhere than its neighbours",
            "a region is brighter, darker or of another white balance than its surroundings",
        ),
        counter_example=(
            "A flash, a window and a lamp in one room give several shadows and colours; each can "
            "be traced to a light in the scene."
        ),
    ),
    Attribute(
        id="edges",
        level="low",
        forged="Irregular Image Edges",
        authentic="Smooth and Natural Image Edges",
        definition=(
            "The transition between two regions is sharper, softer, more jagged or more ringed "
            "than optics and demosaicing make it elsewhere at the same depth of the picture."
        ),
        cues=(
            "a halo, seam or staircase follows the outline of one object only",
            "a contour is cut hard against a background that is out of focus",
            "hair, foliage or letters are smeared into their surroundings",
        ),
        counter_example=(
            "An object in focus before a blurred background has a crisp outline; every object at "
            "its distance has the same."
        ),
    ),
    Attribute(
        id="texture",
        level="low",
        forged="Anomalous Image Texture",
        authentic="Natural and Consistent Image Texture",
        definition=(
            "The fine structure of a surface, sensor noise included, is missing, repeated, or "
            "unlike that of the same material and exposure elsewhere in the picture."
        ),
        cues=(
            "the noise of one region is much weaker or stronger than that of its surroundings",
            "a patch of texture occurs twice, also turned or scaled",
            "skin, fabric or paper looks smoothed, waxy or painted",
        ),
        counter_example=(
            "A clear sky and a sheet of glass are smooth in any photograph; bricks and tiles "
            "repeat because they were made so, each with its own flaws."
        ),
    ),
    Attribute(
        id="quality",
        level="low",
        forged="Low Image Quality",
        authentic="High Image Quality",
        definition=(
            "Resolution, focus or compression of a part of the picture, or of all of it, is worse "
            "than its size and the rest of it promise."
        ),
        cues=(
            "a region is blurred as by enlargement while its neighbours at that depth are sharp",
            "the 8 by 8 block grid of JPEG is stronger, weaker or shifted in one region",
            "details dissolve into smears, blocks or ringing",
        ),
        counter_example=(
            "Motion blur, shallow focus and a strongly compressed upload lower quality by the laws "
            "of the lens or over the whole picture alike."
        ),
    ),
    Attribute(
        id="semantics",
        level="high",
        forged="Semantic Irrationality",
        authentic="Semantic Rationality",
        definition=(
            "What is depicted cannot be, or cannot be together: anatomy, physics, perspective, "
            "writing or the logic of the scene is broken."
        ),
        cues=(
            "limbs, teeth, eyes or fingers of the wrong number or shape",
            "objects that float, pass through one another or reflect something else",
            "letters that are no letters; sums, dates or names that contradict one another",
        ),
        counter_example=(
            "A surreal costume, a trick of perspective or a rare animal is odd and yet possible."
        ),
    ),
)

ATTRIBUTES_BY_ID: dict[str, Attribute] = {attribute.id: attribute for attribute in ATTRIBUTES}
LOW_LEVEL: tuple[str, ...] = tuple(a.id for a in ATTRIBUTES if a.level == "low")
