"""Self-blended images: a face is blended with a slightly altered copy of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from generators.contract import GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import chosen_face, eye_distance, eye_line
from generators.faces.augmentation import Ranges, altered
from generators.faces.blend_mask import HULLS, blend_alpha, hull
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Face, Mask, Pixels
from schemas.vocabulary import Domain, Scope

_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
_DRAWS = 6
_CROP = 2.8
"""How many eye distances the published crops of a face are wide: shifts are shares of that."""


class FaceBlendOptions(BaseOptions):
    """Options of `face_blend`. The defaults are the published augmentations."""

    hull: Literal["forehead", "raised", "brows", "parts", "any"] = Field(
        "any",
        description=(
            "Which part of the face is blended: up to the hair, to the middle of the forehead, to "
            "the brows, or in two halves with a notch between the brows; any draws one for each "
            "job."
        ),
    )
    shift_rgb: int = Field(20, ge=0, le=128, description="Greatest shift of a colour channel.")
    shift_probability: float = Field(
        0.3, ge=0, le=1, description="How often the colour channels are shifted at all."
    )
    shift_hsv: tuple[float, float, float] = Field(
        (0.3, 0.3, 0.3),
        description="Greatest shifts of hue (of 180), saturation and value (of 255).",
    )
    brightness: float = Field(0.1, ge=0, le=1, description="Greatest change, of full scale.")
    contrast: float = Field(0.1, ge=0, le=1, description="Greatest relative change.")
    translate: tuple[float, float] = Field(
        (0.03, 0.015), description="Greatest shift across and along, of a crop around the face."
    )
    scale: float = Field(
        0.05, ge=0, le=0.3, description="Greatest relative change of size; 0.05: 0.95 to 1 / 0.95."
    )
    elastic: tuple[float, float] = Field(
        (50.0, 7.0),
        description="Strength and smoothness of the mask's deformation, px of a crop of 256.",
    )
    min_difference: float = Field(
        1.5, ge=0, le=255, description="Draw again where the mean difference is less, grey levels."
    )


class FaceBlend:
    """Blends a face of the source with an altered copy of itself.

    The paper alters either the pasted copy or the picture that it is pasted into; here it is
    always the copy, so that the picture around the face stays the source's to the bit.
    """

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="face_blend",
        version="2",
        family="classical",
        summary="Blends a face with a recoloured, shifted copy of itself (a self-blended image).",
        domains=(Domain.DEEPFAKE,),
        operations=("face_blend",),
        needs=frozenset({Need.SOURCE, Need.FACE}),
        terms="Output carries the licences of its sources.",
        reference="Shiohara and Yamasaki, Detecting Deepfakes with Self-Blended Images, CVPR 2022",
        seconds=0.05,
    )
    Options: ClassVar[type[FaceBlendOptions]] = FaceBlendOptions

    def __init__(self, options: FaceBlendOptions) -> None:
        self.options = options
        self._ranges = Ranges(
            rgb=options.shift_rgb,
            rgb_share=options.shift_probability,
            hsv=options.shift_hsv,
            brightness=options.brightness,
            contrast=options.contrast,
        )

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        source = job.source.pixels
        rng = np.random.default_rng(job.seed)
        face = chosen_face(job.source.source, rng)
        drawn_hull = HULLS[int(rng.integers(len(HULLS)))]
        kind = drawn_hull if self.options.hull == "any" else self.options.hull
        support = hull(face, kind, *source.shape[:2])
        ratio = float(rng.choice(_RATIOS))
        for _ in range(_DRAWS):
            image, applied, drawn = self._blended(source, support, face, ratio, rng)
            change = _change(image, source, applied)
            if change >= self.options.min_difference:
                break
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=support,
            parameters={
                "face_box": list(face.box),
                "hull": kind,
                "ratio": ratio,
                "altered": drawn,
                "change": round(change, 3),
            },
        )

    def _blended(
        self, source: Pixels, support: Mask, face: Face, ratio: float, rng: np.random.Generator
    ) -> tuple[Pixels, Mask, dict[str, Any]]:
        copy, colours = altered(source, self._ranges, rng)
        moved, mask, place = self._moved(copy, support, face, rng)
        weights, edge = blend_alpha(
            mask if mask.any() else support, ratio, *self.options.elastic, rng
        )
        applied: Mask = weights > 0
        weight = weights[..., None]
        blended = np.clip(np.rint(source * (1.0 - weight) + moved * weight), 0, 255)
        image = np.where(applied[..., None], blended.astype(np.uint8), source)
        return image, applied, {**colours, **place, **edge}

    def _moved(
        self, copy: Pixels, support: Mask, face: Face, rng: np.random.Generator
    ) -> tuple[Pixels, Mask, dict[str, Any]]:
        """The copy and its mask, resized about the face and shifted."""
        options, unit = self.options, eye_distance(face)
        centre = eye_line(face)[0]
        low = 1.0 - options.scale
        scale = float(rng.uniform(low, 1.0 / low))
        across, along = (
            float(rng.uniform(-most, most)) * _CROP * unit for most in options.translate
        )
        # About the face, or one far from the middle of its picture would wander off.
        offset = (1.0 - scale) * centre + (across, along)
        matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
        height, width = support.shape
        moved = cv2.warpAffine(copy, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        mask = cv2.warpAffine(
            support.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST
        )
        place = {"scale": round(scale, 4), "translate": [round(across, 3), round(along, 3)]}
        return np.asarray(moved, np.uint8), mask.astype(np.bool_), place


def _change(image: Pixels, source: Pixels, applied: Mask) -> float:
    return float(np.abs(image[applied].astype(np.int16) - source[applied]).mean())
