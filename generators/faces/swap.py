"""Classical face swapping: another person's face, warped onto the landmarks and blended in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from generators.compositing import composite
from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import (
    above,
    alignment,
    chosen_face,
    eye_distance,
    face_mask,
)
from generators.faces.complexion import matched, relit, skin_mask, without_hair
from generators.faces.donor import donor_of
from generators.faces.warp import Warped, by_similarity, by_triangles
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Face, Picture
from schemas.vocabulary import Domain, Scope

_CORE = 0.78
"""The part of the oval, by its size, that is swapped even where it is no skin: brows to lips."""
_TO_BROWS = 0.66
Warp = Literal["similarity", "triangulated"]


class FaceSwapOptions(BaseOptions):
    """Options of `face_swap`."""

    warp: Literal["similarity", "triangulated", "any"] = Field(
        "any",
        description=(
            "similarity moves, turns and scales the donor's face; triangulated also bends it so "
            "that its landmarks fall on the target's, where both faces have landmarks; any draws "
            "one for each job."
        ),
    )
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
    max_turn: float = Field(
        35.0, ge=0, le=180, description="Reject donors turned farther from the target, degrees."
    )


class FaceSwap:
    """Puts the face of the second picture over a face of the source."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="face_swap",
        version="2",
        family="classical",
        summary="Warps another person's face onto a face, matched in colour and blended.",
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
        options, target = self.options, job.source.pixels
        rng = np.random.default_rng(job.seed)
        face = chosen_face(job.source.source, rng)
        second, donor = donor_of(job, face, options.max_scale)
        if face.yaw is not None and donor.yaw is not None:
            turn = abs(face.yaw - donor.yaw)
            if turn > options.max_turn:
                raise CannotForge(
                    "poses_differ", f"the donor's face is turned {turn:.0f} degrees otherwise"
                )
        height, width = target.shape[:2]
        drawn_warp: Warp = "triangulated" if rng.random() < 0.5 else "similarity"
        wanted = drawn_warp if options.warp == "any" else options.warp
        content, warp, notes = _warped(second, donor, face, wanted, height, width)
        wobble = rng.normal(0.0, 0.012, 3)
        support = face_mask(face, height, width, grow=options.grow, wobble=wobble)
        support &= content.covered
        if not support.any():
            raise CannotForge("face_outside", "nothing of the donor's face falls on the target's")
        bare = skin_mask(target, face) & skin_mask(content.pixels, face)
        core = face_mask(face, height, width, grow=_CORE, forehead=_TO_BROWS, wobble=wobble)
        forehead = above(face, height, width, _CORE * _TO_BROWS)
        swapped = without_hair(support, bare, core, forehead, eye_distance(face))
        skin = swapped & bare
        coloured = matched(content.pixels, target, skin, options.colour_match)
        drawn: Literal["poisson", "feather"] = "poisson" if rng.random() < 0.5 else "feather"
        blend = drawn if options.blend == "any" else options.blend
        if blend == "poisson":
            coloured = relit(coloured, target, swapped, skin, eye_distance(face))
        feather = options.feather * eye_distance(face)
        image, applied = composite(target, coloured, swapped, "feather", feather)
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=support,
            parameters={
                "donor": second.source.source_id,
                "face_box": list(face.box),
                "donor_box": list(donor.box),
                "yaws": [face.yaw, donor.yaw],
                "warp": warp,
                "blend": blend,
                "feather": round(feather, 3),
                "colour_match": options.colour_match,
                "area": round(float(applied.mean()), 5),
            },
            notes=notes,
        )


def _warped(
    second: Picture, donor: Face, face: Face, wanted: Warp, height: int, width: int
) -> tuple[Warped, Warp, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if wanted == "triangulated":
        bent = by_triangles(second.pixels, donor, face, height, width)
        if bent is not None:
            return bent, "triangulated", ()
        if donor.landmarks and face.landmarks:
            notes = ("The landmarks fit no triangulation: the face was moved by a similarity.",)
        else:
            notes = ("Without landmarks in both faces the donor was moved by a similarity.",)
    matrix = alignment(donor, face)
    return by_similarity(second.pixels, matrix, height, width), "similarity", notes
