"""Self-blended images: a face is blended with a slightly altered copy of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from generators.contract import GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import chosen_face, eye_distance, eye_line, face_mask
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Face, Mask, Pixels
from schemas.vocabulary import Domain, Scope

_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)


class FaceBlendOptions(BaseOptions):
    """Options of `face_blend`. The defaults keep to the published augmentation ranges."""

    shift_rgb: int = Field(20, ge=0, le=128, description="Greatest shift of a colour channel.")
    shift_probability: float = Field(
        0.3, ge=0, le=1, description="How often the colour channels are shifted at all."
    )
    hue: int = Field(2, ge=0, le=90, description="Greatest turn of the hue, degrees of 180.")
    saturation: float = Field(0.05, ge=0, le=1, description="Greatest relative change.")
    brightness: float = Field(0.1, ge=0, le=1, description="Greatest change, of full scale.")
    contrast: float = Field(0.1, ge=0, le=1, description="Greatest relative change.")
    translate: tuple[float, float] = Field(
        (0.03, 0.015), description="Greatest shift across and along, of the face's width."
    )
    scale: float = Field(0.05, ge=0, le=0.3, description="Greatest relative change of size.")
    min_difference: float = Field(
        1.5, ge=0, le=255, description="Draw again where the mean difference is less, grey levels."
    )


class FaceBlend:
    """Blends a face of the source with an altered copy of itself."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="face_blend",
        version="1",
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

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        source = job.source.pixels
        rng = np.random.default_rng(job.seed)
        face = chosen_face(job.source.source, rng)
        height, width = source.shape[:2]
        support = face_mask(
            face,
            height,
            width,
            grow=float(rng.uniform(0.85, 1.15)),
            wobble=rng.normal(0.0, 0.03, 4),
        )
        softness = float(rng.uniform(0.08, 0.3)) * eye_distance(face)
        ratio = float(rng.choice(_RATIOS))
        alpha = _soft(support, softness) * ratio
        for _ in range(6):
            altered, drawn = self._altered(source, face, rng)
            weight = alpha[..., None]
            blended = np.rint(source * (1.0 - weight) + altered * weight)
            image = np.clip(blended, 0, 255).astype(np.uint8)
            change = np.abs(image[support].astype(np.int16) - source[support]).mean()
            if change >= self.options.min_difference:
                break
        applied: Mask = alpha > 0
        image = np.where(applied[..., None], image, source)
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=support,
            parameters={
                "face_box": list(face.box),
                "ratio": ratio,
                "softness": round(softness, 3),
                "altered": drawn,
                "change": round(float(change), 3),
            },
        )

    def _altered(
        self, source: Pixels, face: Face, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """The altered copy as float32 and what was drawn for it."""
        options = self.options
        unit, (centre, _) = eye_distance(face), eye_line(face)
        shift = rng.integers(-options.shift_rgb, options.shift_rgb, 3, endpoint=True)
        if rng.random() >= options.shift_probability:
            shift = np.zeros_like(shift)
        hue = int(rng.integers(-options.hue, options.hue, endpoint=True))
        saturation = float(rng.uniform(-options.saturation, options.saturation))
        brightness = float(rng.uniform(-options.brightness, options.brightness))
        contrast = float(rng.uniform(-options.contrast, options.contrast))
        sharpen = bool(rng.random() < 0.5)
        strength = float(rng.uniform(0.2, 0.5))
        factor = float(rng.uniform(1.5, 3.0))
        scale = 1.0 + float(rng.uniform(-options.scale, options.scale))
        across, along = (float(rng.uniform(-most, most)) * 2.4 * unit for most in options.translate)
        values = np.clip(source.astype(np.float32) + shift.astype(np.float32), 0, 255)
        hsv = cv2.cvtColor(values.astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + hue) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * (1.0 + saturation), 0, 255)
        values = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
        values = (values - values.mean()) * (1.0 + contrast) + values.mean() + 255.0 * brightness
        values = np.clip(values, 0, 255).astype(np.float32)
        if sharpen:
            smooth = np.asarray(cv2.GaussianBlur(values, (0, 0), 1.5), np.float32)
            values = np.clip(values + strength * (values - smooth), 0, 255)
        else:
            values = _coarser(values, factor)
        height, width = source.shape[:2]
        # Scaled about the face, or a face far from the middle of its picture would wander off.
        offset = (1.0 - scale) * centre + (across, along)
        matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
        moved = cv2.warpAffine(values, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(moved, np.float32), {
            "shift_rgb": [int(value) for value in shift],
            "hue": hue,
            "saturation": round(saturation, 4),
            "brightness": round(brightness, 4),
            "contrast": round(contrast, 4),
            "sharpened": round(strength, 4) if sharpen else None,
            "downscaled": None if sharpen else round(factor, 4),
            "scale": round(scale, 4),
            "translate": [round(across, 3), round(along, 3)],
        }


def _coarser(values: npt.NDArray[np.float32], factor: float) -> npt.NDArray[np.float32]:
    """Averaged down `factor` times and enlarged again, so that fine detail is lost."""
    height, width = values.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def _soft(support: Mask, softness: float) -> npt.NDArray[np.float32]:
    """Alpha that rises from 0 on the outline to 1 inside, over about `softness` px."""
    padded = np.pad(support, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    ramp = np.clip(depth / max(2.0 * softness, 1.0), 0.0, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)
