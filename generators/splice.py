"""Splicing: an object of another picture is cut out, matched to its new place and pasted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from generators.compositing import composite, match_colour
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.placement import Pose, extent, lay, ring
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Picture
from schemas.vocabulary import Domain, MaskKind, Scope

_DONOR_AREA = (0.03, 0.4)
_RING = 16


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
        0.6,
        ge=0,
        le=1,
        description="How far the object's colours move to those of its new surroundings.",
    )
    blend: Literal["feather", "poisson", "any"] = Field(
        "any", description="How the object meets the picture; any draws one for each job."
    )
    feather: float = Field(2.5, ge=0, le=32, description="Width of the feathered outline, px.")


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
        options, target = self.options, job.source.pixels
        rng = np.random.default_rng(job.seed)
        cut_out, how = self._cut(job.second, job.seed)
        height, width = target.shape[:2]
        pose = self._pose(cut_out, height, width, rng)
        content, placed = lay(job.second.pixels, cut_out, pose, height, width)
        share = float(placed.mean())
        if share < options.area[0] / 2:
            raise CannotForge("object_too_small", f"{share:.2%} of the picture is left of it")
        around = ring(placed, _RING)
        matched = match_colour(content, placed, target, around, options.colour_match)
        # The draw is made in any case, so that a fixed blend changes nothing else.
        drawn: Literal["feather", "poisson"] = "poisson" if rng.random() < 0.5 else "feather"
        blend = drawn if options.blend == "any" else options.blend
        image, applied = composite(target, matched, placed, blend, options.feather)
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

    def _cut(self, second: Picture, seed: int) -> tuple[Mask, str]:
        how = "supplied" if second.object_mask is not None else "grabcut"
        donor_seed = derive_seed("cut out", seed)
        return draw_mask(MaskKind.OBJECT, second, donor_seed, _DONOR_AREA), how

    def _pose(self, cut_out: Mask, height: int, width: int, rng: np.random.Generator) -> Pose:
        """A pose that makes the object as large as is asked for and leaves it inside the frame."""
        options = self.options
        goal = rng.uniform(*options.area) * height * width
        scale = float(np.clip(np.sqrt(goal / cut_out.sum()), 0.25, 1.8))
        angle = float(rng.uniform(-options.max_rotation, options.max_rotation))
        flip = bool(rng.random() < options.flip)
        w, h = extent(cut_out)
        turn = np.deg2rad(abs(angle))
        half_w = scale * (w * np.cos(turn) + h * np.sin(turn)) / 2
        half_h = scale * (h * np.cos(turn) + w * np.sin(turn)) / 2
        shrink = min(1.0, 0.48 * width / half_w, 0.48 * height / half_h)
        half_w, half_h, scale = half_w * shrink, half_h * shrink, scale * shrink
        x = float(rng.uniform(half_w, width - half_w))
        # Things stand rather in the lower half of a photograph.
        lowest = height - half_h
        y = float(rng.triangular(half_h, np.clip(0.65 * height, half_h, lowest), lowest))
        return Pose(x, y, scale, angle, flip)
