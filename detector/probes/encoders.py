"""Features of frozen CLIP and DINO encoders, looked at through windows of their own size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.probes.contract import Features
from schemas.errors import CounterfoilError, MissingExtraError, StorageError
from schemas.identity import digest
from schemas.picture import Pixels
from storage.files import hash_file, location

VERSION = 1
MOST_ALONG = 3
"""Windows along each side of a picture; a larger one is sampled by as many, evenly spread."""
_BATCH = 32
_WEIGHTS = (".safetensors", ".bin", ".json")


class Encoder:
    """A frozen encoder of transformers.

    A picture is not resized, since resizing erases what generators leave: windows of the
    encoder's own size cover it, at most `MOST_ALONG` along each side, and the mean and the maximum
    of what they give are its features. `clip`: the projected embedding, as UniFD takes it (Ojha et
    al., "Towards Universal Fake Image Detectors that Generalize Across Generative Models", 2023).
    `dino`: the class token beside the mean of the patches (Oquab et al., "DINOv2", 2023).
    """

    spreads = False

    def __init__(self, kind: str, checkpoint: str) -> None:
        self._kind = kind
        self._checkpoint = checkpoint
        self._model: Any = None
        self.identity = f"{kind} {VERSION} {_revision(checkpoint)}"

    def extract(self, pictures: Sequence[Pixels]) -> Features:
        """Float32 (n, d); see `Extractor`."""
        import torch

        model = self._loaded()
        side = _side(model.config)
        seen = [_windows(picture, side) for picture in pictures]
        every = np.concatenate(seen)
        found = []
        for first in range(0, len(every), _BATCH):
            batch = torch.from_numpy(self._normalised(every[first : first + _BATCH]))
            with torch.inference_mode():
                found.append(self._embedding(model, batch.to(model.device)).float().cpu().numpy())
        ends = np.cumsum([len(windows) for windows in seen])[:-1]
        return np.stack(
            [
                np.concatenate([part.mean(axis=0), part.max(axis=0)])
                for part in np.split(np.concatenate(found), ends)
            ]
        ).astype(np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            import torch
            from transformers import AutoModel, CLIPVisionModelWithProjection

            family = CLIPVisionModelWithProjection if self._kind == "clip" else AutoModel
            try:
                model = family.from_pretrained(self._checkpoint, dtype=torch.float32)
            except (OSError, ValueError) as error:
                raise StorageError(f"{self._checkpoint} cannot be loaded: {error}") from error
            self._model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        return self._model

    def _normalised(self, windows: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        from detector.model.preprocessing import CLIP_MEAN, CLIP_STD, IMAGENET_MEAN, IMAGENET_STD

        clip = self._kind == "clip"
        mean = np.array(CLIP_MEAN if clip else IMAGENET_MEAN, np.float32)
        deviation = np.array(CLIP_STD if clip else IMAGENET_STD, np.float32)
        normal = (windows.astype(np.float32) / np.float32(255) - mean) / deviation
        return np.ascontiguousarray(normal.transpose(0, 3, 1, 2))

    def _embedding(self, model: Any, batch: Any) -> Any:
        import torch

        if self._kind == "clip":
            return model(pixel_values=batch).image_embeds
        tokens = model(pixel_values=batch).last_hidden_state
        extra = 1 + getattr(model.config, "num_register_tokens", 0)
        return torch.cat([tokens[:, 0], tokens[:, extra:].mean(dim=1)], dim=1)


def encoder(kind: str, checkpoint: str) -> Encoder:
    """The encoder of a checkpoint: a name on the Hub, or a folder; `kind` is clip or dino.

    Raises MissingExtraError without transformers, StorageError where there is no such checkpoint.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        package = error.name or "torch"
        raise MissingExtraError("detector", package, f"Features of {checkpoint}") from error
    del torch, transformers
    return Encoder(kind, checkpoint)


def _revision(checkpoint: str) -> str:
    """What tells these weights from others: the files' hash, or the name and commit on the Hub."""
    folder = Path(checkpoint)
    if folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS)
        if not files:
            raise StorageError(f"{checkpoint} holds no checkpoint: no weights, no config.json")
        return digest([[path.name, hash_file(location(path))] for path in files])
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(checkpoint)
    except (OSError, ValueError) as error:
        raise StorageError(f"{checkpoint} is no folder and not on the Hub: {error}") from error
    return f"{checkpoint} {getattr(config, '_commit_hash', None) or 'unknown'}"


def _side(config: Any) -> int:
    """The side of the square that an encoder looks at, px."""
    size = getattr(getattr(config, "vision_config", config), "image_size", None)
    if isinstance(size, (list, tuple)):
        size = size[0]
    if not isinstance(size, int):
        raise CounterfoilError(f"a {config.model_type} model is no encoder of pictures")
    # DINOv2 was trained on 224 px whatever its table of positions holds.
    return 224 if config.model_type.startswith("dino") and size > 224 else size


def _windows(picture: Pixels, side: int) -> npt.NDArray[np.uint8]:
    """Windows (k, side, side, 3) over the picture, mirrored at its edges if it is smaller."""
    height, width = picture.shape[:2]
    down, right = max(side - height, 0), max(side - width, 0)
    if down or right:
        picture = np.pad(picture, ((0, down), (0, right), (0, 0)), mode="symmetric")
    return np.stack(
        [
            picture[top : top + side, left : left + side]
            for top in _starts(picture.shape[0], side)
            for left in _starts(picture.shape[1], side)
        ]
    )


def _starts(length: int, side: int) -> list[int]:
    """Where windows begin along one side: as many as cover it, or the most, evenly spread."""
    count = min(-(-length // side), MOST_ALONG)
    return [int(start) for start in np.linspace(0, length - side, count).round()]
