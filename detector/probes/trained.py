"""Features of a trained detector: the tokens in which its two branches are fused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.probes.contract import Features
from schemas.errors import MissingExtraError, StorageError
from schemas.identity import digest
from schemas.picture import Pixels
from storage.files import hash_file, location

VERSION = 1
_BATCH = 8
_FILES = ("config.json", "model.safetensors")


class Trained:
    """The fused tokens of a detector, over all views of a picture: their mean and maximum."""

    spreads = False

    def __init__(self, folder: str) -> None:
        for name in _FILES:
            if not (Path(folder) / name).is_file():
                raise StorageError(f"{folder} holds no {name}: it is not a saved detector")
        hashes = [hash_file(location(Path(folder) / name)) for name in _FILES]
        self._folder = folder
        self._detector: Any = None
        self.identity = f"detector {VERSION} {digest(hashes)}"

    def extract(self, pictures: Sequence[Pixels]) -> Features:
        """Float32 (n, 2 * width); see `Extractor`."""
        import torch

        from detector.model.inputs import join, picture_inputs

        detector = self._loaded()
        device = next(detector.parameters()).device
        found = []
        for first in range(0, len(pictures), _BATCH):
            batch = join(
                [picture_inputs(one, detector.config) for one in pictures[first : first + _BATCH]]
            )
            with torch.inference_mode():
                tokens = detector.eyes(batch["pixels"].to(device)).float().cpu().numpy()
            ends = np.cumsum(batch["counts"].numpy())[:-1]
            for views in np.split(tokens, ends):
                flat = views.reshape(-1, views.shape[-1])
                found.append(np.concatenate([flat.mean(axis=0), flat.max(axis=0)]))
        return np.stack(found).astype(np.float32)

    def _loaded(self) -> Any:
        if self._detector is None:
            import torch

            from detector.model.checkpoints import from_pretrained

            detector = from_pretrained(self._folder)
            self._detector = detector.to("cuda" if torch.cuda.is_available() else "cpu")
        return self._detector


def trained(folder: str) -> Trained:
    """The features of the detector in `folder`.

    Raises MissingExtraError without torch, StorageError where there is no detector.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        package = error.name or "torch"
        raise MissingExtraError("detector", package, f"Features of {folder}") from error
    del torch, transformers
    return Trained(folder)
