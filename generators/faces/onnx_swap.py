"""Learned face swapping: a network of the user's, run on aligned crops and pasted back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from upath import UPath

from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.contract import Options as BaseOptions
from generators.face_geometry import chosen_face, face_mask, five_points
from generators.faces.aligned_crop import paste_back
from generators.faces.donor import donor_of
from generators.faces.onnx_network import Network
from generators.faces.onnx_swapper import Embedder, Latent, PixelRange, Swapper
from generators.faces.tiny_networks import tiny_networks
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope
from storage.files import hash_file

_ENLARGED = 1.5
_MASKS: tuple[Literal["box", "oval"], ...] = ("box", "oval")


class FaceSwapOnnxOptions(BaseOptions):
    """Options of `face_swap_onnx`."""

    model: str = Field("", description="The swapper's ONNX file; must be given.")
    licence: str = Field(
        "", description="Licence of the swapper's weights and of what comes out; must be given."
    )
    embedder: str = Field(
        "",
        description=(
            "The ONNX file of the ArcFace network that tells who a face is; must be given for "
            "swappers that take an embedding, such as inswapper."
        ),
    )
    family: str | None = Field(
        None, description="Family of the swapper, for splits that hold one out; the file's name."
    )
    released: str = Field("", description='When the swapper came out, as in "2023-06".')
    latent: Latent = Field(
        "auto",
        description=(
            "mapped: embeddings go through the matrix at the end of the swapper's file, as "
            "inswapper's do; plain: as they are; auto: mapped where there is such a matrix."
        ),
    )
    pixel_range: PixelRange = Field(
        "unit", description="Range of the swapper's pixels: unit is 0..1, signed is -1..1."
    )
    size: int = Field(
        128, ge=16, le=2048, description="Side of the crops, where the file leaves it open, px."
    )
    mask: Literal["box", "oval", "any"] = Field(
        "any",
        description=(
            "What is pasted back of the crop: all but its edge, or the oval of the face; any draws "
            "one for each job."
        ),
    )
    feather: tuple[float, float] = Field(
        (0.02, 0.06), description="Least and greatest softness of the edge, of the crop's side."
    )
    max_scale: float = Field(
        6.0, ge=1, description="Reject donors smaller than the target's face by more than this."
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where onnxruntime runs it.")
    threads: int = Field(2, ge=1, le=256, description="Threads of the processor that it may use.")

    @model_validator(mode="after")
    def _given(self) -> Self:
        for name in ("model", "licence"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must be given: no swapper comes with Counterfoil")
        if not 0.0 <= self.feather[0] <= self.feather[1] <= 0.2:
            raise ValueError("feather must be two shares with 0 <= least <= greatest <= 0.2")
        return self


class FaceSwapOnnx:
    """Puts the identity of the second picture's face into a face of the source."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="face_swap_onnx",
        version="1",
        family="onnx_swapper",
        summary="Swaps a face by an ONNX network of your own, such as inswapper, and its embedder.",
        domains=(Domain.DEEPFAKE,),
        operations=("face_swap",),
        needs=frozenset({Need.SOURCE, Need.SECOND, Need.FACE}),
        terms="Those of the swapper's weights, which the option licence names, and of the sources.",
        tolerance=2,
        reference=(
            "Interface: insightface's inswapper; alignment and embeddings: Deng et al., ArcFace, "
            "CVPR 2019"
        ),
        seconds=1.0,
    )
    Options: ClassVar[type[FaceSwapOnnxOptions]] = FaceSwapOnnxOptions

    def __init__(self, options: FaceSwapOnnxOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec of the swapper that the options name: its licence is that of what it makes."""
        options = self.options
        name = Path(options.model).stem
        return replace(
            self.spec,
            family=options.family or name,
            model=name,
            terms=f"Made with {name} ({options.licence}). Output carries the licences of its "
            "sources, too.",
            released=options.released,
            needs=self.spec.needs | ({Need.GPU} if options.device == "cuda" else set()),
        )

    @staticmethod
    def trial() -> AbstractContextManager[Mapping[str, Any]]:
        """Options for networks of a few thousand weights, made for the occasion."""
        return tiny_networks()

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order.

        Raises `MissingExtraError` without onnxruntime, `GeneratorError` where a file is no swapper
        or no embedder.
        """
        return forge_each(jobs, self._forge_one)

    @cached_property
    def _swapper(self) -> Swapper:
        options = self.options
        network = Network(options.model, options.device, options.threads)
        embedder = None
        if options.embedder:
            embedder = Embedder.of(Network(options.embedder, options.device, options.threads))
        return Swapper(network, embedder, options.size, options.pixel_range, options.latent)

    @cached_property
    def _files(self) -> dict[str, str]:
        """Name and hash of the weights: the paths are this machine's, the files are not."""
        paths = {"model": self.options.model, "embedder": self.options.embedder}
        return {
            kind: f"{Path(path).name} sha256:{hash_file(UPath(Path(path).expanduser()))}"
            for kind, path in paths.items()
            if path
        }

    def _forge_one(self, job: Job) -> Forgery:
        options, target = self.options, job.source.pixels
        rng = np.random.default_rng(job.seed)
        face = chosen_face(job.source.source, rng)
        second, donor = donor_of(job, face, options.max_scale)
        swapper = self._swapper
        crop, matrix = swapper.swap(target, face, second.pixels, donor)
        drawn = _MASKS[int(rng.integers(len(_MASKS)))]
        kind = drawn if options.mask == "any" else options.mask
        feather = float(rng.uniform(*options.feather))
        oval = face_mask(face, *target.shape[:2], wobble=rng.normal(0.0, 0.012, 3))
        support = oval if kind == "oval" else None
        image, applied = paste_back(target, crop, matrix, support, feather)
        if np.array_equal(image, target):
            raise CannotForge("no_change", "what the network made looks just like the face")
        enlarged = 1.0 / float(np.hypot(matrix[0, 0], matrix[1, 0]))
        notes = []
        if enlarged > _ENLARGED:
            notes.append(
                f"The face was made at {swapper.side} px and enlarged {enlarged:.1f} times."
            )
        by = ("eyes", "five landmarks")
        return Forgery(
            job.job_id,
            image,
            Scope.SPLICED,
            applied,
            requested=oval,
            parameters={
                **self._files,
                "licence": options.licence,
                "interface": swapper.interface,
                "donor": second.source.source_id,
                "face_box": list(face.box),
                "donor_box": list(donor.box),
                "aligned_by": [by[five_points(one) is not None] for one in (face, donor)],
                "side": swapper.side,
                "enlarged": round(enlarged, 3),
                "mask": kind,
                "feather": round(feather, 4),
                "area": round(float(applied.mean()), 5),
            },
            notes=tuple(notes),
        )
