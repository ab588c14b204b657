"""CLIP's embedding of the middle of a picture, as UniFD looks at it.

Ojha, Li & Lee (2023), "Towards Universal Fake Image Detectors that Generalize across Generative
Models", CVPR, arXiv:2302.10174: CLIP ViT-L/14, frozen; in tests the middle 224 x 224 pixels, never
resized. The published training shrinks pictures to 256 pixels, blurs or JPEG-compresses half of
them, mirrors half, and crops at random. Here training pictures are looked at as test pictures are,
once, so that their embeddings can be kept; a robustness to JPEG that was taught there is not here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoConfig, CLIPVisionModelWithProjection
from transformers.utils import logging

from detector.model.preprocessing import CLIP_MEAN, CLIP_STD
from schemas.errors import CounterfoilError
from schemas.picture import Pixels

_VERSION = 1
_BATCH = 32
_MEAN = np.array(CLIP_MEAN, np.float32)
_STD = np.array(CLIP_STD, np.float32)
_KINDS = {"clip", "clip_vision_model"}


class ClipEmbedding:
    """A frozen CLIP: the class token's output, through the projection that texts are matched by.

    checkpoint: a CLIP on the Hugging Face Hub, or a folder that `save_pretrained` wrote. Raises
    `CounterfoilError` where there is none by that name or where it is no CLIP.
    """

    spreads = False

    def __init__(self, checkpoint: str) -> None:
        model = _loaded(checkpoint).eval().requires_grad_(False)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.size: int = model.config.image_size
        self.identity = f"unifd {_VERSION} {self.size} {_weights_digest(model)}"
        self._model = model.to(self._device)

    def extract(self, pictures: Sequence[Pixels]) -> npt.NDArray[np.float32]:
        """Embeddings float32 (n, d) of RGB uint8 pictures (height, width, 3) of any sizes."""
        parts = [
            self._embed(pictures[start : start + _BATCH])
            for start in range(0, len(pictures), _BATCH)
        ]
        return np.concatenate(parts)

    def _embed(self, pictures: Sequence[Pixels]) -> npt.NDArray[np.float32]:
        views = np.stack([centre_crop(picture, self.size) for picture in pictures])
        scaled = (views.astype(np.float32) / np.float32(255) - _MEAN) / _STD
        pixels = torch.from_numpy(scaled).permute(0, 3, 1, 2).contiguous().to(self._device)
        with torch.inference_mode():
            seen = self._model(pixel_values=pixels).image_embeds
        embedded: npt.NDArray[np.float32] = seen.cpu().numpy()
        return embedded


def centre_crop(picture: Pixels, size: int) -> npt.NDArray[np.uint8]:
    """The middle (size, size, 3) at the picture's own resolution; black around a smaller one."""
    height, width = picture.shape[:2]
    view = np.zeros((size, size, 3), np.uint8)
    rows, columns = min(height, size), min(width, size)
    top, left = (height - rows) // 2, (width - columns) // 2
    below, right = (size - rows) // 2, (size - columns) // 2
    view[below : below + rows, right : right + columns] = picture[
        top : top + rows, left : left + columns
    ]
    return view


def _loaded(checkpoint: str) -> Any:
    """The vision tower and its projection; what is told of the unused text tower is kept quiet."""
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(checkpoint)
        if config.model_type not in _KINDS:
            raise CounterfoilError(
                f"{checkpoint} is no CLIP checkpoint but {config.model_type}; UniFD needs a CLIP, "
                "such as openai/clip-vit-large-patch14"
            )
        if config.model_type == "clip":
            config.vision_config.projection_dim = config.projection_dim
            config = config.vision_config
        # With the report it gives a pair, of which its annotations do not know.
        family: Any = CLIPVisionModelWithProjection
        model, report = family.from_pretrained(
            checkpoint, config=config, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise CounterfoilError(
            f"the CLIP checkpoint {checkpoint} could not be loaded. Name a folder that holds one "
            "(config.json, model.safetensors), or, where there is a network, download it first: "
            f"hf download {checkpoint}. What was said: {' '.join(str(error).split())}"
        ) from error
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
    if report["missing_keys"]:
        raise CounterfoilError(
            f"{checkpoint} lacks {', '.join(sorted(report['missing_keys']))}; UniFD needs a CLIP "
            "with its projection"
        )
    return model


def _weights_digest(model: torch.nn.Module) -> str:
    """By what the weights are, not where they lie: a folder that was trained anew is another."""
    hasher = hashlib.sha256()
    for name, weights in sorted(model.state_dict().items()):
        hasher.update(name.encode())
        hasher.update(weights.cpu().contiguous().numpy())
    return hasher.hexdigest()[:20]
