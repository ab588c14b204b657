"""A learned autoencoder (TAEF2, of FLUX.2's latent space) as the model that renders a picture anew.

https://github.com/madebyollin/taesd. Its two files of weights name their layers by number, which
is enough to build them: three-convolution blocks, three of them in each half with a branch of 1 by
1 convolutions around a group norm; bias-free convolutions of stride 2 in the encoder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schemas.errors import MissingExtraError
from schemas.picture import Pixels

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = "weights/madebyollin__taesd"
_STRIDE = 8


def load(folder: Path, noise: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """A function that encodes a picture, adds `noise` (in deviations of the latents), and decodes.

    `folder` holds taef2_encoder.pth and taef2_decoder.pth.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("ml", "torch", "The learned autoencoder") from error
    halves = {
        name: {
            key: value.float()
            for key, value in torch.load(
                folder / f"taef2_{name}.pth", map_location="cpu", weights_only=True
            ).items()
        }
        for name in ("encoder", "decoder")
    }

    def render(pixels: Pixels, rng: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        padding = ((0, -height % _STRIDE), (0, -width % _STRIDE), (0, 0))
        planes = np.pad(pixels, padding, mode="edge").astype(np.float32).transpose(2, 0, 1) / 255
        with torch.inference_mode():
            latents = _encode(halves["encoder"], torch.from_numpy(planes)[None])
            drawn = torch.from_numpy(rng.standard_normal(tuple(latents.shape), np.float32))
            decoded = _decode(halves["decoder"], latents + noise * latents.std() * drawn)
        values = decoded[0].permute(1, 2, 0).numpy()[:height, :width] * 255
        return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)

    return render


def _encode(weights: dict[str, Tensor], picture: Tensor) -> Tensor:
    value = picture
    for layer in range(_layers(weights)):
        strided = f"{layer}.weight" in weights and f"{layer}.bias" not in weights
        value = _apply(weights, layer, value, stride=2 if strided else 1)
    return value


def _decode(weights: dict[str, Tensor], latents: Tensor) -> Tensor:
    import torch

    value = torch.tanh(latents / 3) * 3
    for layer in range(1, _layers(weights)):
        if any(key.startswith(f"{layer}.") for key in weights):
            value = _apply(weights, layer, value, stride=1)
        elif layer == 2:
            value = torch.relu(value)
        else:
            value = torch.nn.functional.interpolate(value, scale_factor=2.0)
    return value


def _apply(weights: dict[str, Tensor], layer: int, value: Tensor, stride: int) -> Tensor:
    import torch
    from torch.nn.functional import conv2d, group_norm

    def convolve(name: str, given: Tensor, stride: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        return conv2d(given, kernel, weights.get(f"{name}.bias"), stride, kernel.shape[-1] // 2)

    if f"{layer}.weight" in weights:
        return convolve(str(layer), value, stride)
    if f"{layer}.pool.0.weight" in weights:
        norm = (weights[f"{layer}.pool.1.weight"], weights[f"{layer}.pool.1.bias"])
        branch = group_norm(convolve(f"{layer}.pool.0", value), 4, *norm)
        value = value + convolve(f"{layer}.pool.3", torch.relu(branch))
    inner = value
    for step in (0, 2):
        inner = torch.relu(convolve(f"{layer}.conv.{step}", inner))
    return torch.relu(convolve(f"{layer}.conv.4", inner) + value)


def _layers(weights: dict[str, Tensor]) -> int:
    return max(int(key.split(".")[0]) for key in weights) + 1
