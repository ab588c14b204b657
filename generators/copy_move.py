"""Copy-move: a region is copied over another place of the same picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from generators.compositing import composite
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.placement import Pose, centre_of, extent, lay
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, MaskKind, Scope

_TRIES = 24


class CopyMoveOptions(BaseOptions):
    """Options of `copy_move`."""

    area: tuple[float, float] = Field(
        (0.02, 0.15), description="Least and greatest share of the picture that is copied."
    )
    scale: tuple[float, float] = Field(
        (0.8, 1.25), description="Least and greatest enlargement of the copy."
    )
    max_rotation: float = Field(
        20.0, ge=0, le=180, description="Greatest turn of the copy to either side, in degrees."
    )
    plain: float = Field(
        0.3, ge=0, le=1, description="Share of copies that are only moved, not turned or scaled."
    )
    flip: float = Field(0.3, ge=0, le=1, description="Share of copies mirrored left to right.")
    overlap: Literal["forbid", "allow", "require"] = Field(
        "allow", description="Whether the copy may, must or must not cover part of its original."
    )
    semantic: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Share of copied regions that are objects; others are background.",
    )
    feather: float = Field(2.0, ge=0, le=32, description="Width of the feathered outline, px.")
    min_change: float = Field(
        6.0, ge=0, le=255, description="Least mean difference that the copy makes, grey levels."
    )


@dataclass(frozen=True, slots=True)
class _Place:
    pose: Pose
    content: Pixels
    placed: Mask
    overlap: float


class CopyMove:
    """Copies a region of the source to another place of it."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="copy_move",
        version="1",
        family="classical",
        summary="Copies a region to another place of the same picture, moved, turned or scaled.",
        domains=(Domain.NATURAL,),
        operations=("copy_move",),
        needs=frozenset({Need.SOURCE}),
        terms="Output carries the licences of its sources.",
        reference=(
            "The manipulation that Christlein et al., An Evaluation of Popular Copy-Move Forgery "
            "Detection Approaches, 2012, describe"
        ),
        seconds=0.12,
    )
    Options: ClassVar[type[CopyMoveOptions]] = CopyMoveOptions

    def __init__(self, options: CopyMoveOptions) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        rng = np.random.default_rng(job.seed)
        region, kind = self._region(job, rng)
        place = self._place(job.source.pixels, region, rng)
        image, applied = composite(
            job.source.pixels, place.content, place.placed, "feather", self.options.feather
        )
        rows, columns = np.nonzero(region)
        pose = place.pose
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=place.placed,
            parameters={
                "region": kind.value,
                "copied_box": [
                    int(columns.min()),
                    int(rows.min()),
                    int(columns.max()) + 1,
                    int(rows.max()) + 1,
                ],
                "position": [round(pose.x, 2), round(pose.y, 2)],
                "scale": round(pose.scale, 4),
                "angle": round(pose.angle, 3),
                "flip": pose.flip,
                "overlap": round(place.overlap, 4),
                "feather": self.options.feather,
                "area": round(float(place.placed.mean()), 5),
            },
        )

    def _region(self, job: Job, rng: np.random.Generator) -> tuple[Mask, MaskKind]:
        seed = derive_seed("copied region", job.seed)
        first = MaskKind.OBJECT if rng.random() < self.options.semantic else MaskKind.STUFF
        try:
            return draw_mask(first, job.source, seed, self.options.area), first
        except CannotForge:
            # A picture without such a region can still be copied within, by strokes.
            kind = MaskKind.IRREGULAR
            return draw_mask(kind, job.source, seed, self.options.area), kind

    def _place(self, pixels: Pixels, region: Mask, rng: np.random.Generator) -> _Place:
        """The first drawn place where the copy fits, changes the picture, and overlaps as asked."""
        height, width = region.shape
        options = self.options
        plain = bool(rng.random() < options.plain)
        for _ in range(_TRIES):
            scale = 1.0 if plain else float(rng.uniform(*options.scale))
            turn = options.max_rotation
            angle = 0.0 if plain else float(rng.uniform(-turn, turn))
            flip = bool(not plain and rng.random() < options.flip)
            half_w, half_h = (side * scale / 2 for side in extent(region))
            if 2 * half_w >= width or 2 * half_h >= height:
                continue
            x = float(rng.uniform(half_w, width - half_w))
            y = float(rng.uniform(half_h, height - half_h))
            # A move by whole pixels keeps an unturned copy exact, as an editor's paste does.
            from_x, from_y = centre_of(region)
            pose = Pose(from_x + round(x - from_x), from_y + round(y - from_y), scale, angle, flip)
            content, placed = lay(pixels, region, pose, height, width)
            if not placed.any():
                continue
            overlap = float((placed & region).sum() / placed.sum())
            if options.overlap == "forbid" and overlap > 0:
                continue
            if options.overlap == "require" and not 0.02 < overlap < 0.8:
                continue
            difference = np.abs(content[placed].astype(np.int16) - pixels[placed]).mean()
            if overlap <= 0.8 and difference >= options.min_change:
                return _Place(pose, content, placed, overlap)
        raise CannotForge("no_visible_place", "no place was found where a copy would be seen")
