"""Pictures as vectors by a learned model: near one another where they show the same.

CLIP: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021.
DINOv2: Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023; with
registers: Darcet et al., "Vision Transformers Need Registers", 2023. DINOv3: Siméoni et al.,
"DINOv3", 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from curation.embeddings.preprocessing import Preprocessing
from schemas.errors import MissingExtraError, StorageError
from schemas.picture import Pixels

if TYPE_CHECKING:
    from torch import Tensor

Vectors = npt.NDArray[np.float16]
DType = Literal["auto", "float32", "float16", "bfloat16"]


class Embedder:
    """A CLIP or DINO model that is loaded, and what it wants of a picture."""

    def __init__(
        self,
        checkpoint: str,
        *,
        device: str | None = None,
        dtype: DType = "auto",
        batch: int = 32,
    ) -> None:
        """`checkpoint`: a name on the Hugging Face hub, with `@revision` if need be, or a folder.

        `device`: as torch names it; a GPU where there is one, if None. `dtype`: of the weights;
        "auto" is float32 on a processor and float16 elsewhere. `batch`: pictures at once. Raises
        `MissingExtraError` without the ml extra, and `StorageError` where the checkpoint cannot be
        loaded or is no model of pictures.
        """
        try:
            import torch
            from transformers import AutoModel
            from transformers.image_processing_base import ImageProcessingMixin
        except ImportError as error:
            raise MissingExtraError("ml", "torch and transformers", "Learned embeddings") from error
        self._torch = torch
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if dtype == "auto":
            dtype = "float32" if self._device == "cpu" else "float16"
        self._dtype = getattr(torch, dtype)
        self._batch = batch
        name, _, revision = checkpoint.partition("@")
        if Path(checkpoint).expanduser().is_dir():
            name, revision = str(Path(checkpoint).expanduser()), ""
        try:
            with _quiet():
                model: Any = AutoModel.from_pretrained(
                    name, revision=revision or "main", dtype=self._dtype
                )
        except (OSError, ValueError, RuntimeError) as error:
            first = str(error).strip().partition("\n")[0]
            raise StorageError(
                f"The embedding {checkpoint!r} could not be loaded; name a CLIP or DINO checkpoint "
                f"on the Hugging Face hub or in a folder. ({type(error).__name__}: {first})"
            ) from error
        config = getattr(model.config, "vision_config", model.config)
        if not hasattr(config, "num_channels"):
            raise StorageError(
                f"The embedding {checkpoint!r} is a {model.config.model_type}, which looks at no "
                "pictures; name a CLIP or DINO checkpoint."
            )
        try:
            said, _ = ImageProcessingMixin.get_image_processor_dict(
                name, revision=revision or "main"
            )
        except OSError:  # It says nothing of pictures, so it is taken as others of its kind.
            said = {}
        self.preprocessing = Preprocessing.of(said, model.config.model_type, config.image_size)
        self._model = model.to(self._device).eval()
        self._look = getattr(model, "get_image_features", model)

    def embed(self, pictures: Iterable[Pixels]) -> Iterator[Vectors]:
        """Unit vectors, float16 (k, d), of RGB uint8 (height, width, 3), a batch at a time.

        In order; only a batch is held in memory. A batch that is not full is filled with nothing,
        so that a picture's vector does not depend on how many others come with it.
        """
        coming = iter(pictures)
        while some := [self.preprocessing.apply(pixels) for pixels in islice(coming, self._batch)]:
            values = np.zeros((self._batch, *some[0].shape), np.float32)
            values[: len(some)] = some
            yield self._vectors(values)[: len(some)]

    def _vectors(self, values: npt.NDArray[np.float32]) -> Vectors:
        torch = self._torch
        tensor = torch.from_numpy(values).to(self._device, self._dtype)
        with torch.inference_mode():
            answer = self._look(pixel_values=tensor)
            # Older versions of transformers give CLIP's vectors bare.
            pooled: Tensor = getattr(answer, "pooler_output", answer)
            unit = torch.nn.functional.normalize(pooled.float(), dim=-1)
        return np.asarray(unit.cpu().numpy(), np.float16)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a bar of progress, of which each process would show its own."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
