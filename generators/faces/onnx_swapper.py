"""A learned swapper and its face embedder, whatever of the two usual interfaces it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from generators.contract import CannotForge
from generators.face_geometry import Points
from generators.faces.aligned_crop import aligned_crop
from generators.faces.onnx_network import Network, Values
from schemas.errors import GeneratorError
from schemas.picture import Face, Pixels

PixelRange = Literal["unit", "signed"]
Latent = Literal["auto", "mapped", "plain"]

_EMBEDDER_SIDE = 112


@dataclass(frozen=True, slots=True)
class Embedder:
    """Tells who a face is: an ArcFace network over aligned crops of 112 by 112 pixels."""

    network: Network
    raw: bool

    @classmethod
    def of(cls, network: Network) -> Embedder:
        """With the range of pixels that the graph wants: -1..1, or 0..255 where it scales itself.

        Raises `GeneratorError` for a network that takes anything but one picture.
        """
        if len(network.inputs) != 1 or len(network.inputs[0][1]) != 4:
            raise GeneratorError(f"{network.path.name} is no embedder: it takes {network.inputs}")
        return cls(network, network.normalises_itself())

    def embed(self, pixels: Pixels, face: Face) -> Values:
        """The face's embedding (1, n), of length 1."""
        crop = aligned_crop(pixels, face, _EMBEDDER_SIDE)[0].astype(np.float32)
        values = crop if self.raw else (crop - 127.5) / 127.5
        name, shape = self.network.inputs[0]
        given = values if shape[3] == 3 else values.transpose(2, 0, 1)
        embedding = self.network.run(**{name: given[None]})[0].reshape(1, -1)
        length = float(np.linalg.norm(embedding))
        if not np.isfinite(length) or length == 0.0:
            raise CannotForge("no_embedding", "the embedder cannot tell who the donor is")
        return embedding / np.float32(length)


class Swapper:
    """A network that puts an identity into an aligned crop.

    Its interface is told from its inputs: one picture and one vector take an embedding, as
    inswapper does; two pictures take the target's crop and the donor's. Of two pictures the one
    whose name has "source" in it is the donor's, else the second. Raises `GeneratorError` for any
    other inputs, and without an embedder where one is needed.
    """

    def __init__(
        self,
        network: Network,
        embedder: Embedder | None,
        side: int,
        pixel_range: PixelRange,
        latent: Latent,
    ) -> None:
        pictures = [one for one in network.inputs if len(one[1]) == 4]
        vectors = [one for one in network.inputs if len(one[1]) == 2]
        self._network, self._embedder = network, embedder
        self._signed = pixel_range == "signed"
        self._map: Values | None = None
        if len(pictures) == 1 and len(vectors) == 1:
            self.interface = "embedding"
            self._target, self._source = pictures[0], vectors[0]
            if embedder is None:
                raise GeneratorError(
                    f"{network.path.name} takes an embedding: give the option embedder"
                )
            self._map = self._matrix(latent)
        elif len(pictures) == 2 and not vectors:
            self.interface = "pictures"
            donors = [one for one in pictures if "source" in one[0].lower()]
            self._source = donors[0] if len(donors) == 1 else pictures[1]
            self._target = next(one for one in pictures if one is not self._source)
        else:
            raise GeneratorError(
                f"{network.path.name} takes {network.inputs}; a swapper takes a picture and an "
                "embedding, or two pictures"
            )
        self.side = self._side_of(self._target[1], side)
        self._donor_side = side
        if self.interface == "pictures":
            self._donor_side = self._side_of(self._source[1], side)

    def swap(
        self, target: Pixels, face: Face, donor_pixels: Pixels, donor: Face
    ) -> tuple[Pixels, Points]:
        """The target's aligned crop with the donor's face, (side, side, 3), and its transform."""
        crop, matrix = aligned_crop(target, face, self.side)
        if self._embedder is not None and self.interface == "embedding":
            source = self._embedder.embed(donor_pixels, donor)
            if self._map is not None:
                source = source @ self._map
                source = source / np.float32(max(float(np.linalg.norm(source)), 1e-12))
        else:
            other = aligned_crop(donor_pixels, donor, self._donor_side)[0]
            source = self._to_values(other, self._source[1])
        given = {self._target[0]: self._to_values(crop, self._target[1]), self._source[0]: source}
        return self._to_pixels(self._network.run(**given)), matrix

    def _matrix(self, latent: Latent) -> Values | None:
        width = self._source[1][1]
        if latent == "plain" or not isinstance(width, int):
            return None
        matrix = self._network.last_matrix(width)
        if matrix is None and latent == "mapped":
            raise GeneratorError(
                f"{self._network.path.name} does not end in a matrix for embeddings; set latent: "
                "plain"
            )
        return matrix

    def _side_of(self, shape: tuple[object, ...], side: int) -> int:
        fixed = [length for length in shape[1:] if isinstance(length, int) and length != 3]
        if len(set(fixed)) > 1 or (fixed and fixed[0] < 1):
            raise GeneratorError(f"{self._network.path.name} takes crops of {shape}, not squares")
        return fixed[0] if fixed else side

    def _to_values(self, crop: Pixels, shape: tuple[object, ...]) -> Values:
        values = crop.astype(np.float32) / np.float32(255.0)
        if self._signed:
            values = values * 2.0 - 1.0
        return np.ascontiguousarray(values if shape[3] == 3 else values.transpose(2, 0, 1))[None]

    def _to_pixels(self, outputs: list[Values]) -> Pixels:
        for one in outputs:
            if one.ndim == 4 and 3 in (one.shape[1], one.shape[3]):
                values = one[0] if one.shape[3] == 3 else one[0].transpose(1, 2, 0)
                break
        else:
            shapes = ", ".join(str(one.shape) for one in outputs)
            raise GeneratorError(f"{self._network.path.name} gives {shapes}, and no picture")
        if values.shape[:2] != (self.side, self.side):
            raise GeneratorError(
                f"{self._network.path.name} gives a picture of {values.shape[:2]} for a crop of "
                f"{self.side}; it must be as large"
            )
        if not np.isfinite(values).all():
            raise CannotForge("not_finite", "the network gave numbers that are no colours")
        scaled = (values + 1.0) * 127.5 if self._signed else values * 255.0
        pixels: Pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
        return pixels
