"""Trains the autoencoder: pictures to latents with a sixteenth of the pixels, and back."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional

from training.pocket.architecture import Architecture, build_autoencoder
from training.pocket.crops import Crops
from training.pocket.libraries import Model
from training.pocket.linear_start import start_linear
from training.pocket.photographs import Photograph
from training.pocket.session import Average, Session, State, half_precision, rate_at

_HIGHEST_RATE = 8e-4
# A quick rise would tear down the start that `start_linear` gives.
_WARM_UP = 0.1
_KL_WEIGHT = 1e-4
_EDGE_WEIGHT = 0.5
_COARSE_WEIGHT = 2.0
_COLOUR_WEIGHT = 1.0
_MOST_NOISE = 0.4


def train_autoencoder(
    photographs: Sequence[Photograph],
    sizes: Architecture,
    session: Session,
    device: torch.device,
    side: int = 96,
    batch: int = 8,
    seed: int = 0,
    settled: State | None = None,
) -> Model:
    """Train until the session's budget is spent; returns the averaged weights, ready to use.

    `settled` are the weights of an autoencoder whose latents are in use: its encoder stays as it
    is, and the decoder alone learns on. Half of its latents are then noisy, as those are which a
    small denoiser leaves behind; it learns to tell by itself how much to smooth.
    """
    torch.manual_seed(seed)
    model = build_autoencoder(sizes)
    if settled is None:
        start_linear(model)
    else:
        model.load_state_dict(settled)
        for half in (model.encoder, model.quant_conv):
            half.requires_grad_(False)
    model = model.to(device, memory_format=torch.channels_last)
    average = Average(model)
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=_HIGHEST_RATE, betas=(0.9, 0.99))
    if (saved := session.resume()) is not None:
        model.load_state_dict(saved["model"])
        average.load(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
    torch.manual_seed(seed + session.step)
    crops = Crops(photographs, side, seed + session.step)
    running = [0.0, 0.0]

    def state() -> State:
        return {
            "model": model.state_dict(),
            "average": average.state(),
            "optimiser": optimiser.state_dict(),
        }

    for _ in session.steps(state, lambda: f"L1 {running[0]:.4f}  KL {running[1]:.2f}"):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(session.share, _HIGHEST_RATE, _WARM_UP)
        picture = crops.batch(batch).to(device)
        with half_precision(device):
            posterior = model.encode(picture).latent_dist
            latents = posterior.sample()
            if settled is not None:
                latents = latents + _some_noise(latents)
            decoded = model.decode(latents).sample
        distance, divergence = (
            reconstruction_distance(decoded.float(), picture),
            posterior.kl().mean() / posterior.mean[0].numel(),
        )
        optimiser.zero_grad(set_to_none=True)
        (distance + _KL_WEIGHT * divergence).backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        average.update(model)
        error = float((decoded.detach().float() - picture).abs().mean())
        for index, value in enumerate((error, float(divergence.detach()))):
            running[index] = 0.98 * running[index] + 0.02 * value if session.step else value
    average.copy_to(model)
    return model.eval()


def _some_noise(latents: torch.Tensor) -> torch.Tensor:
    """None for half of the batch, and of a standard deviation up to `_MOST_NOISE` for the rest."""
    strength = torch.rand(len(latents), 1, 1, 1, device=latents.device)
    return (2 * strength - 1).clamp(min=0) * _MOST_NOISE * torch.randn_like(latents)


def reconstruction_distance(decoded: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """How far a decoded picture is from the original, in opponent colours.

    L1 of the pixels and of the steps between neighbours, at full and at half size, and the squared
    error of the picture at a quarter of its size. The steps stand in for a perceptual loss, whose
    network would have to come from elsewhere: they ask for edges in the right places, where L1
    alone is content with blur. The last term speaks for the colours of larger patches.
    """
    error = _opponent(decoded - picture)
    total = torch.zeros((), device=picture.device)
    for _ in range(2):
        total = total + error.abs().mean()
        for axis in (2, 3):
            total = total + _EDGE_WEIGHT * error.diff(dim=axis).abs().mean()
        error = functional.avg_pool2d(error, 2)
    return total + _COARSE_WEIGHT * error.square().mean()


def _opponent(error: torch.Tensor) -> torch.Tensor:
    """Light, and the differences of red and blue from green, which vary far less in pictures."""
    red, green, blue = error.unbind(1)
    light = 0.3 * red + 0.5 * green + 0.2 * blue
    return torch.stack([2 * light, _COLOUR_WEIGHT * (red - green), _COLOUR_WEIGHT * (blue - green)])
