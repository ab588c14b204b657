"""The denoiser's training data: latents of crops, made once, with what each crop looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from training.pocket.architecture import LATENT_CHANNELS
from training.pocket.crops import Crops, as_tensor
from training.pocket.libraries import Model
from training.pocket.photographs import Photograph
from training.pocket.phrases import Looks, looks_of
from training.pocket.session import half_precision

_SHARE_SHRUNK = 0.85


@dataclass(frozen=True, slots=True)
class Latents:
    """`values`: float16, n x 4 x side x side, standardised; `looks`: one a latent."""

    values: torch.Tensor
    looks: tuple[Looks, ...]


@torch.no_grad()
def encode_crops(
    model: Model,
    photographs: Sequence[Photograph],
    device: torch.device,
    count: int,
    side: int = 256,
    seed: int = 1,
) -> Latents:
    """Latents of `count` random crops; changes `model` so that its latents are standardised."""
    crops = Crops(photographs, side, seed, _SHARE_SHRUNK)
    model = model.to(device, memory_format=torch.channels_last).eval()
    values: list[torch.Tensor] = []
    looks: list[Looks] = []
    for start in range(0, count, 8):
        drawn = [crops.draw() for _ in range(min(8, count - start))]
        looks += [looks_of(pixels, document) for pixels, document in drawn]
        with half_precision(device):
            picture = as_tensor(np.stack([pixels for pixels, _ in drawn])).to(device)
            values.append(model.encode(picture).latent_dist.mean.float().cpu())
        if start % 400 == 0:
            print(f"encoded {start} of {count} crops", flush=True)
    latents = torch.cat(values)
    mean, spread = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    standardise(model, mean.to(device), spread.to(device))
    latents = (latents - mean[:, None, None]) / spread[:, None, None]
    return Latents(latents.half(), tuple(looks))


@torch.no_grad()
def standardise(model: Model, mean: torch.Tensor, spread: torch.Tensor) -> None:
    """Fold `(latent - mean) / spread` for each channel into the 1 x 1 convolutions at both ends.

    The pipelines know one scaling factor for all channels and no shift. So the autoencoder itself
    must give latents of mean 0 and variance 1, which a denoiser that starts from white noise wants.
    """
    quant, post = model.quant_conv, model.post_quant_conv
    if quant is None or post is None:
        raise ValueError("The autoencoder has no quantising convolutions.")
    wide = torch.cat([spread, torch.ones_like(spread)])
    quant.weight.div_(wide[:, None, None, None])
    quant.bias.div_(wide)
    quant.bias[:LATENT_CHANNELS].sub_(mean / spread)
    quant.bias[LATENT_CHANNELS:].sub_(2 * spread.log())
    post.bias.add_(post.weight[:, :, 0, 0] @ mean)
    post.weight.mul_(spread[None, :, None, None])
