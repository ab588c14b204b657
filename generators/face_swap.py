"""Landmark-free face swapping: another person's face, laid over the eyes and blended in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from generators.compositing import composite
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import alignment, chosen_face, eye_distance, face_mask, skin_mask
from generators.harmonic_fill import harmonic_fill
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, Scope

_CORE = 0.78
"""The part of the oval, by its size, that is swapped even where it is no skin: brows to lips."""
_TO_BROWS = 0.6
_LEAST_SHARE = 0.05
_GAIN = (0.5, 1.7)


class FaceSwapOptions(BaseOptions):
    """Options of `face_swap`."""

    blend: Literal["poisson", "feather", "any"] = Field(
        "any",
        description=(
            "poisson also takes on the light along the outline, feather only fades out; any draws "
            "one for each job."
        ),
    )
    feather: float = Field(
        0.2, ge=0, le=1, description="Width of the feathered outline, of the distance of the eyes."
    )
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
            "Blending: Pérez, Gangnet and Blake, Poisson Image Editing, 2003; its boundary here is "
            "the skin that both faces show"
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
        bare = skin_mask(target, face) & skin_mask(content, face)
        core = face_mask(face, height, width, grow=_CORE, forehead=_TO_BROWS, wobble=wobble)
        swapped = _without_hair(support, bare, core, eye_distance(face))
        skin = swapped & bare
        matched = _matched(content, target, skin, options.colour_match)
        drawn: Literal["poisson", "feather"] = "poisson" if rng.random() < 0.5 else "feather"
        blend = drawn if options.blend == "any" else options.blend
        if blend == "poisson":
            matched = _relit(matched, target, swapped, skin, eye_distance(face))
        feather = options.feather * eye_distance(face)
        image, applied = composite(target, matched, swapped, "feather", feather)
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
                "feather": round(feather, 3),
                "colour_match": options.colour_match,
                "area": round(float(applied.mean()), 5),
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


def _without_hair(oval: Mask, bare: Mask, core: Mask, unit: float) -> Mask:
    """The oval without the hair, hats and background that reach into it in either picture.

    `bare` is the skin common to both; eyes, brows and lips lie in `core` and stay.
    """
    face = ((bare | core) & oval).astype(np.uint8)
    for operation, share in ((cv2.MORPH_CLOSE, 0.12), (cv2.MORPH_OPEN, 0.2)):
        side = 2 * max(1, round(share * unit)) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        face = np.asarray(cv2.morphologyEx(face, operation, kernel), np.uint8)
    return (face.astype(np.bool_) | core) & oval


def _matched(content: Pixels, target: Pixels, skin: Mask, strength: float) -> Pixels:
    """The content with one gain a channel that brings its skin to the target's (von Kries, 1902).

    A gain keeps black black. Moving mean and deviation in CIELAB instead lifts pupils and brows
    into a haze wherever the two complexions differ.
    """
    if not skin.any():
        return content
    own, goal = content[skin].mean(axis=0), target[skin].mean(axis=0)
    gain = np.clip(goal / np.maximum(own, 1.0), *_GAIN) ** strength
    return np.asarray(np.clip(np.rint(content * gain), 0, 255), np.uint8)


def _relit(content: Pixels, target: Pixels, area: Mask, skin: Mask, unit: float) -> Pixels:
    """The content under the light that falls on the target's skin along the outline of `area`.

    Poisson blending adds to the content the harmonic surface that spans its difference to the
    target along the outline. Where one picture shows hair and the other skin that difference is no
    light, and it would glow or smear across the face; so only skin in both counts, and the surface
    is solved at an eighth of the eye distance, where pores and stubble have averaged out.
    """
    inner = cv2.erode(
        area.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(0.15 * unit))
    )
    rim = (skin & (inner == 0)).astype(np.float32)
    step = max(1.0, unit / 8.0)
    height, width = area.shape
    size = (max(1, round(width / step)), max(1, round(height / step)))
    share = cv2.resize(rim, size, interpolation=cv2.INTER_AREA)
    difference = (target.astype(np.float32) - content) * rim[..., None]
    total = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    known = share > _LEAST_SHARE
    if not known.any():
        return content
    surface = harmonic_fill(total / np.maximum(share, _LEAST_SHARE)[..., None], known)
    light = cv2.resize(surface, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(np.rint(content + light), 0, 255), np.uint8)


def _covered(
    shape: tuple[int, ...], matrix: npt.NDArray[np.float64], height: int, width: int
) -> Mask:
    """Where the donor's picture has pixels of its own to give."""
    ones = np.ones(shape[:2], np.uint8)
    return cv2.warpAffine(ones, matrix, (width, height), flags=cv2.INTER_NEAREST).astype(np.bool_)
