"""Splicing: an object of another picture is cut out, matched to its new place and pasted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar, Literal, Self

import cv2
import numpy as np
from pydantic import Field, model_validator

from generators.compositing import BlendMethod, composite, match_colour
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.placement import Pose, half_extent, lay, ring
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Picture, Pixels
from schemas.vocabulary import Domain, MaskKind, Scope

_DONOR_AREA = (0.015, 0.4)
_SCALE = (0.25, 1.8)
_RING = 16
_RIM = 4
_PLACES = 8
_UNEVEN = 65.0
"""Deviation along the outline, in grey levels, beyond which Poisson blending stains an object."""


class SpliceOptions(BaseOptions):
    """Options of `splice`."""

    area: tuple[float, float] = Field(
        (0.03, 0.2), description="Least and greatest share of the picture that the object covers."
    )
    max_rotation: float = Field(
        15.0, ge=0, le=180, description="Greatest turn of the object to either side, in degrees."
    )
    flip: float = Field(0.5, ge=0, le=1, description="Share of objects mirrored left to right.")
    colour_match: float = Field(
        0.4,
        ge=0,
        le=1,
        description="How far the object's colours move to those of its new surroundings.",
    )
    blend: Literal["feather", "poisson", "any"] = Field(
        "any",
        description=(
            "How the object meets the picture. any draws one for each job, Poisson blending only "
            "where old and new surroundings differ evenly; elsewhere it stains the object."
        ),
    )
    feather: float = Field(2.5, ge=0, le=32, description="Width of the feathered outline, px.")

    @model_validator(mode="after")
    def _area_is_a_range(self) -> Self:
        if not 0.0 < self.area[0] <= self.area[1] <= 0.8:
            raise ValueError("area must be two shares with 0 < least <= greatest <= 0.8")
        return self


class Splice:
    """Pastes an object of the second picture into the source."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="splice",
        version="1",
        family="classical",
        summary="Pastes an object cut from another picture, matched in colour and blended.",
        domains=(Domain.NATURAL,),
        operations=("splice",),
        needs=frozenset({Need.SOURCE, Need.SECOND}),
        terms="Output carries the licences of its sources.",
        reference=(
            "Colour: Reinhard et al., Color Transfer between Images, 2001. Blending: Pérez, "
            "Gangnet and Blake, Poisson Image Editing, 2003"
        ),
        seconds=0.15,
    )
    Options: ClassVar[type[SpliceOptions]] = SpliceOptions

    def __init__(self, options: SpliceOptions) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        if job.second is None:
            raise CannotForge("no_second_source", "splice takes its object from a second picture")
        options, target, donor = self.options, job.source.pixels, job.second.pixels
        rng = np.random.default_rng(job.seed)
        cut_out, how = _cut(job.second, derive_seed("cut out", job.seed))
        height, width = target.shape[:2]
        pose = self._pose(target, donor, cut_out, rng)
        content, placed = lay(donor, cut_out, pose, height, width)
        share = float(placed.mean())
        if not options.area[0] <= share <= options.area[1]:
            raise CannotForge("object_does_not_fit", f"it would cover {share:.2%} of the picture")
        around = ring(placed, _RING)
        matched = match_colour(content, placed, target, around, options.colour_match)
        # The draw is made in any case, so that a fixed blend changes nothing else.
        drawn: BlendMethod = "poisson" if rng.random() < 0.5 else "feather"
        # Poisson blending meets the picture within a rim of the old background, not on the object.
        rimmed = placed | ring(placed, _RIM)
        if _unevenness(matched, target, ring(rimmed, 1)) > _UNEVEN:
            drawn = "feather"
        blend = drawn if options.blend == "any" else options.blend
        support = rimmed if blend == "poisson" else placed
        image, applied = composite(target, matched, support, blend, options.feather)
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=placed,
            parameters={
                "donor": job.second.source.source_id,
                "cut": how,
                "position": [round(pose.x, 2), round(pose.y, 2)],
                "scale": round(pose.scale, 4),
                "angle": round(pose.angle, 3),
                "flip": pose.flip,
                "blend": blend,
                "feather": options.feather if blend == "feather" else None,
                "colour_match": options.colour_match,
                "area": round(share, 5),
            },
        )

    def _pose(self, target: Pixels, donor: Pixels, cut_out: Mask, rng: np.random.Generator) -> Pose:
        """As large as is asked for, inside the frame, where the surroundings are most alike."""
        options, (height, width) = self.options, target.shape[:2]
        least, greatest = options.area
        slack = 0.04 * (greatest - least)  # resampling moves an outline by a fraction of a pixel
        goal = rng.uniform(least + slack, greatest - slack) * height * width
        # Enlarging blurs: beyond 1.2 only as far as the least share needs it.
        needed = np.sqrt((least + slack) * height * width / cut_out.sum())
        wished = min(np.sqrt(goal / cut_out.sum()), max(1.2, needed))
        scale = float(np.clip(wished, *_SCALE))
        angle = float(rng.uniform(-options.max_rotation, options.max_rotation))
        flip = bool(rng.random() < options.flip)
        half_w, half_h = half_extent(cut_out, scale, angle)
        shrink = min(1.0, 0.48 * width / half_w, 0.48 * height / half_h)
        half_w, half_h, scale = half_w * shrink, half_h * shrink, scale * shrink
        lowest = height - half_h
        likely = float(np.clip(0.65 * height, half_h, lowest))
        # Things stand rather in the lower half of a photograph.
        places = [
            (
                float(rng.uniform(half_w, width - half_w)),
                float(rng.triangular(half_h, likely, lowest)),
            )
            for _ in range(_PLACES)
        ]
        box = (2 * int(half_w) + 1, 2 * int(half_h) + 1)
        means = cv2.blur(target.astype(np.float32), box)
        wanted = donor[ring(cut_out, _RING)].mean(axis=0)
        x, y = min(
            places,
            key=lambda place: float(np.linalg.norm(means[int(place[1]), int(place[0])] - wanted)),
        )
        return Pose(x, y, scale, angle, flip)


def _cut(second: Picture, seed: int) -> tuple[Mask, str]:
    """An object of the second picture, a supplied one where it has the size, and how it was cut."""
    if second.object_mask is not None:
        try:
            return draw_mask(MaskKind.OBJECT, second, seed, _DONOR_AREA), "supplied"
        except CannotForge:
            second = replace(second, instances=())
    mask = draw_mask(MaskKind.OBJECT, second, seed, _DONOR_AREA)
    # GrabCut's outline takes in a rim of the old background, which would shine as a halo.
    inner: Mask = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return (inner if inner.sum() > 0.7 * mask.sum() else mask), "grabcut"


def _unevenness(content: Pixels, target: Pixels, outline: Mask) -> float:
    """How unevenly two pictures differ along an outline, in grey levels."""
    if not outline.any():
        return 0.0
    difference = target[outline].astype(np.float32) - content[outline]
    return float(difference.std(axis=0).max())
