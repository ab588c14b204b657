"""Copy-move: a region is copied over another place of the same picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import cv2
import numpy as np
from pydantic import Field, model_validator

from generators.compositing import composite
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.placement import Pose, centre_of, half_extent, lay, ring
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, MaskKind, Scope

_TRIES = 32
_DRAWS = 16
_SEARCH_SIDE = 160
_MOST_OVERLAP = 0.8


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

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        if not 0.0 < self.area[0] <= self.area[1] <= 0.5:
            raise ValueError("area must be two shares with 0 < least <= greatest <= 0.5")
        if not 0.25 <= self.scale[0] <= self.scale[1] <= 4.0:
            raise ValueError("scale must be two factors with 0.25 <= least <= greatest <= 4")
        return self


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
        kind, region, place = self._choose(job, rng)
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
                "overlaps": place.overlap > 0.0,
                "overlap": round(place.overlap, 4),
                "feather": self.options.feather,
                "area": round(float(place.placed.mean()), 5),
            },
        )

    def _choose(self, job: Job, rng: np.random.Generator) -> tuple[MaskKind, Mask, _Place]:
        """A region and a place for its copy: by the drawn kind of region, or else by another."""
        seed = derive_seed("copied region", job.seed)
        kinds = [MaskKind.OBJECT, MaskKind.STUFF, MaskKind.IRREGULAR]
        if rng.random() >= self.options.semantic:
            kinds.remove(MaskKind.OBJECT)
        for kind in kinds:
            try:
                region = draw_mask(kind, job.source, seed, self.options.area)
                return kind, region, self._place(job.source.pixels, region, rng)
            except CannotForge as refusal:
                last = refusal
        raise last

    def _place(self, pixels: Pixels, region: Mask, rng: np.random.Generator) -> _Place:
        """Of the drawn places, the one that shows a change and the least seam.

        Places are judged on a reduced picture and the chosen one is checked on the picture itself.
        """
        factor = min(1.0, _SEARCH_SIDE / max(region.shape))
        size = (round(region.shape[1] * factor), round(region.shape[0] * factor))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        shrunk = cv2.resize(region.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
        if not shrunk.any():
            raise CannotForge("region_too_small", "the region to copy has too few pixels")
        found = []
        for pose in self._poses(region, rng):
            reduced = Pose(pose.x * factor, pose.y * factor, pose.scale, pose.angle, pose.flip)
            place = self._lay(small, shrunk, reduced)
            if place is not None:
                found.append((_seam(small, place), pose))
        for _, pose in sorted(found, key=lambda one: one[0]):
            place = self._lay(pixels, region, pose)
            if place is not None:
                return place
        raise CannotForge("no_visible_place", "no place was found where a copy would be seen")

    def _poses(self, region: Mask, rng: np.random.Generator) -> Iterator[Pose]:
        """Poses inside the frame; near the original or beside it, as the overlap has to be."""
        options, (height, width) = self.options, region.shape
        plain = bool(rng.random() < options.plain)
        middle_x, middle_y = centre_of(region)
        for _ in range(_TRIES):
            scale = 1.0 if plain else float(rng.uniform(*options.scale))
            turn = options.max_rotation
            angle = 0.0 if plain else float(rng.uniform(-turn, turn))
            flip = bool(not plain and rng.random() < options.flip)
            half_w, half_h = half_extent(region, scale, angle)
            if 2 * half_w >= width or 2 * half_h >= height:
                continue
            near = (1.6 * half_w, 1.6 * half_h)
            for _ in range(_DRAWS):
                x = float(rng.uniform(half_w, width - half_w))
                y = float(rng.uniform(half_h, height - half_h))
                beside = abs(x - middle_x) > near[0] or abs(y - middle_y) > near[1]
                if options.overlap == "allow" or beside == (options.overlap == "forbid"):
                    break
            # Whole steps keep an unturned copy exact, as an editor's paste does.
            yield Pose(
                middle_x + round(x - middle_x), middle_y + round(y - middle_y), scale, angle, flip
            )

    def _lay(self, pixels: Pixels, region: Mask, pose: Pose) -> _Place | None:
        """The copy in its place; None where it overlaps against orders or would not be seen."""
        content, placed = lay(pixels, region, pose, *region.shape)
        if not placed.any():
            return None
        overlap = float((placed & region).sum() / placed.sum())
        allowed = {
            "forbid": overlap == 0.0,
            "allow": overlap <= _MOST_OVERLAP,
            "require": 0.02 < overlap <= _MOST_OVERLAP,
        }[self.options.overlap]
        change = np.abs(content[placed].astype(np.int16) - pixels[placed]).mean()
        if not allowed or change < self.options.min_change:
            return None
        return _Place(pose, content, placed, overlap)


def _seam(pixels: Pixels, place: _Place) -> float:
    """Mean difference of copy and picture around the outline, as a share of that within it."""
    outline = ring(place.placed, 2)
    difference = np.abs(place.content.astype(np.int16) - pixels)
    if not outline.any():
        return 0.0
    return float(difference[outline].mean() / difference[place.placed].mean())
