"""Removal by inpainting: a region is erased and filled from its surroundings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.grain import add_grain
from generators.patch_inpainting import complete
from generators.placement import ring
from schemas.identity import derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Domain, MaskKind, Scope

Method = Literal["telea", "navier_stokes", "patch"]
_METHODS: tuple[Method, ...] = ("telea", "navier_stokes", "patch")
_FLAGS = {"telea": cv2.INPAINT_TELEA, "navier_stokes": cv2.INPAINT_NS}
_MOST = 0.6
_RING = 14


class InpaintRemoveOptions(BaseOptions):
    """Options of `inpaint_remove`."""

    method: Literal["telea", "navier_stokes", "patch", "any"] = Field(
        "any",
        description=(
            "telea and navier_stokes diffuse (OpenCV), patch continues texture; any draws one for "
            "each job."
        ),
    )
    radius: int = Field(4, ge=1, le=32, description="Neighbourhood of the diffusing methods, px.")
    patch: Literal[5, 7, 9, 11] = Field(7, description="Side of the patches, px.")
    dilate: int = Field(
        3, ge=0, le=64, description="By how much the requested mask is widened before filling, px."
    )
    regrain: bool = Field(
        True, description="Give what diffusion filled the noise of its surroundings."
    )


class InpaintRemove:
    """Erases the masked region and fills it from the rest of the picture."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="inpaint_remove",
        version="1",
        family="classical",
        summary="Erases a region and fills it by diffusion or by patches of its surroundings.",
        domains=(Domain.NATURAL,),
        operations=("inpaint_remove",),
        needs=frozenset({Need.SOURCE, Need.MASK}),
        mask_kinds=(MaskKind.OBJECT, MaskKind.IRREGULAR, MaskKind.STUFF, MaskKind.SUPPLIED),
        terms="Output carries the licences of its sources.",
        reference=(
            "Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004; "
            "Bertalmio, Bertozzi and Sapiro, Navier-Stokes, Fluid Dynamics, and Image and Video "
            "Inpainting, 2001; Wexler, Shechtman and Irani, Space-Time Completion of Video, 2007"
        ),
        seconds=0.4,
    )
    Options: ClassVar[type[InpaintRemoveOptions]] = InpaintRemoveOptions

    def __init__(self, options: InpaintRemoveOptions) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        if job.mask is None or not job.mask.any():
            raise CannotForge("empty_mask", "there is nothing to remove: the mask is empty")
        options, source = self.options, job.source.pixels
        applied = _dilated(job.mask, options.dilate)
        if applied.mean() > _MOST:
            raise CannotForge(
                "mask_too_large",
                f"the mask covers {applied.mean():.0%}, at most {_MOST:.0%} may be",
            )
        rng = np.random.default_rng(job.seed)
        drawn = _METHODS[int(rng.integers(len(_METHODS)))]
        method = drawn if options.method == "any" else options.method
        image = self._fill(source, applied, method, derive_seed("patches", job.seed))
        sigma = 0.0
        if options.regrain and method != "patch":
            image, sigma = add_grain(image, applied, source, ring(applied, _RING), rng)
        if np.array_equal(image, source):
            raise CannotForge("no_change", "what was removed looks just like what fills it")
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=job.mask,
            parameters={
                "method": method,
                "radius": None if method == "patch" else options.radius,
                "patch": options.patch if method == "patch" else None,
                "dilate": options.dilate,
                "grain_sigma": round(sigma, 3),
                "area": round(float(applied.mean()), 5),
            },
        )

    def _fill(self, source: Pixels, hole: Mask, method: Method, seed: int) -> Pixels:
        if method == "patch":
            return complete(source, hole, patch=self.options.patch, seed=seed)
        filled = cv2.inpaint(
            np.ascontiguousarray(source), hole.astype(np.uint8), self.options.radius, _FLAGS[method]
        )
        # OpenCV leaves known pixels alone; the contract is kept here all the same.
        return np.where(hole[..., None], np.asarray(filled, np.uint8), source)


def _dilated(mask: Mask, radius: int) -> Mask:
    if radius == 0:
        return mask.copy()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)
