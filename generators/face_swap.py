"""Landmark-free face swapping: another person's face, laid over the eyes and blended in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from generators.compositing import composite, match_colour
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import alignment, chosen_face, eye_distance, face_mask
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, Scope


class FaceSwapOptions(BaseOptions):
    """Options of `face_swap`."""

    blend: Literal["poisson", "feather", "any"] = Field(
        "poisson", description="How the face meets the picture; any draws one for each job."
    )
    feather: float = Field(9.0, ge=0, le=64, description="Width of the feathered outline, px.")
    colour_match: float = Field(
        0.85, ge=0, le=1, description="How far skin and light move to those of the target face."
    )
    grow: float = Field(
        1.0, ge=0.6, le=1.3, description="Size of the swapped area against brows, cheeks and chin."
    )
    max_scale: float = Field(
        3.0, ge=1, le=10, description="Reject donors that must be enlarged more than this."
    )


class FaceSwap:
    """Puts the face of the second picture over a face of the source."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="face_swap",
        version="1",
        family="classical",
        summary="Lays another person's face over a face by the eyes, matched in colour, blended.",
        domains=(Domain.DEEPFAKE,),
        operations=("face_swap",),
        needs=frozenset({Need.SOURCE, Need.SECOND, Need.FACE}),
        terms="Output carries the licences of its sources.",
        reference=(
            "Colour: Reinhard et al., Color Transfer between Images, 2001. Blending: Pérez, "
            "Gangnet and Blake, Poisson Image Editing, 2003"
        ),
        seconds=0.1,
    )
    Options: ClassVar[type[FaceSwapOptions]] = FaceSwapOptions

    def __init__(self, options: FaceSwapOptions) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        if job.second is None:
            raise CannotForge(
                "no_second_source", "a face swap takes its face from a second picture"
            )
        if job.second.source.source_id == job.source.source.source_id:
            raise CannotForge("same_picture", "source and donor are the same picture")
        options, target = self.options, job.source.pixels
        rng = np.random.default_rng(job.seed)
        face = chosen_face(job.source.source, rng)
        donor = chosen_face(job.second.source, rng)
        ratio = eye_distance(face) / eye_distance(donor)
        if ratio > options.max_scale:
            raise CannotForge(
                "donor_too_small", f"the donor's face would have to be enlarged {ratio:.1f} times"
            )
        height, width = target.shape[:2]
        matrix = alignment(donor, face)
        content = _warp(job.second.pixels, matrix, ratio, height, width)
        wobble = rng.normal(0.0, 0.012, 3)
        support = face_mask(face, height, width, grow=options.grow, wobble=wobble)
        support &= _covered(job.second.pixels.shape[:2], matrix, height, width)
        if not support.any():
            raise CannotForge("face_outside", "nothing of the donor's face falls on the target's")
        matched = match_colour(content, support, target, support, options.colour_match)
        drawn: Literal["poisson", "feather"] = "poisson" if rng.random() < 0.5 else "feather"
        blend = drawn if options.blend == "any" else options.blend
        image, applied = composite(target, matched, support, blend, options.feather)
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=support,
            parameters={
                "donor": job.second.source.source_id,
                "face_box": list(face.box),
                "donor_box": list(donor.box),
                "similarity": [[round(float(v), 5) for v in row] for row in matrix],
                "blend": blend,
                "feather": options.feather if blend == "feather" else None,
                "colour_match": options.colour_match,
                "area": round(float(support.mean()), 5),
            },
        )


def _warp(
    pixels: Pixels, matrix: npt.NDArray[np.float64], ratio: float, height: int, width: int
) -> Pixels:
    """The donor in the target's frame; one that gets smaller is averaged first."""
    if ratio < 0.7:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.45 / ratio), np.uint8)
    warped = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(warped, np.uint8)


def _covered(
    shape: tuple[int, ...], matrix: npt.NDArray[np.float64], height: int, width: int
) -> Mask:
    """Where the donor's picture has pixels of its own to give."""
    ones = np.ones(shape[:2], np.uint8)
    return cv2.warpAffine(ones, matrix, (width, height), flags=cv2.INTER_NEAREST).astype(np.bool_)
