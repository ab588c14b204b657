"""Trains the denoiser and the text encoder together, on latents and computed phrases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from training.pocket.architecture import Architecture, build_denoiser, build_text_encoder
from training.pocket.latents import Latents
from training.pocket.libraries import Model, diffusers
from training.pocket.phrases import phrase, words
from training.pocket.session import Average, Session, State, half_precision, rate_at
from training.pocket.vocabulary import build_tokenizer

_UNTOLD = 0.1
_SHARE_SMALL = 0.8


def build_scheduler() -> Model:
    """DDIM (Song et al., 2021) for v-prediction (Salimans and Ho, 2022).

    The last step is pure noise (Lin et al., 2024, "Common Diffusion Noise Schedules and Sample
    Steps are Flawed"), without which all pictures made from words alone are medium bright.
    """
    return diffusers.DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


@dataclass(frozen=True, slots=True)
class Denoiser:
    """The trained parts."""

    unet: Model
    text_encoder: Model
    tokenizer: Model


def untrained(sizes: Architecture) -> Denoiser:
    """Fresh weights."""
    tokenizer = build_tokenizer(words())
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    encoder = build_text_encoder(sizes, len(tokenizer), int(start), int(end))
    return Denoiser(build_denoiser(sizes), encoder, tokenizer)


def train_denoiser(
    latents: Latents,
    sizes: Architecture,
    session: Session,
    device: torch.device,
    batch: int = 8,
    seed: int = 2,
    rate: float = 1e-3,
) -> Denoiser:
    """Train until the session's budget is spent; returns the averaged weights.

    Steps see windows of the latents: of half their side first, of three quarters later. A small
    window costs little, and what is learnt first, how neighbours hang together, is all in it.
    """
    torch.manual_seed(seed)
    parts = untrained(sizes)
    parts.unet.to(device, memory_format=torch.channels_last)
    model = torch.nn.ModuleDict({"unet": parts.unet, "text_encoder": parts.text_encoder}).to(device)
    average = Average(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=1e-3)
    if (saved := session.resume()) is not None:
        model.load_state_dict(saved["model"])
        average.load(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
    scheduler = build_scheduler()
    random = np.random.default_rng((seed, session.step))
    torch.manual_seed(seed + session.step)
    running = [0.0]

    def state() -> State:
        return {
            "model": model.state_dict(),
            "average": average.state(),
            "optimiser": optimiser.state_dict(),
        }

    for _ in session.steps(state, lambda: f"v error {running[0]:.4f}"):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(session.share, rate)
        clean, told = _batch(latents, batch, session.share < _SHARE_SMALL, random)
        clean = clean.to(device)
        noise = torch.randn(clean.shape).to(device)
        times = torch.from_numpy(random.integers(0, 1000, len(clean))).to(device)
        ids = parts.tokenizer(
            told, padding="max_length", truncation=True, return_tensors="pt"
        ).input_ids.to(device)
        with half_precision(device):
            context = parts.text_encoder(ids)[0]
            noisy = scheduler.add_noise(clean, noise, times)
            guess = parts.unet(noisy, times, context).sample
        target = scheduler.get_velocity(clean, noise, times)
        error = (guess.float() - target).square().mean()
        optimiser.zero_grad(set_to_none=True)
        error.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model)
        value = float(error.detach())
        running[0] = 0.99 * running[0] + 0.01 * value if running[0] else value
    average.copy_to(model)
    model.eval()
    return parts


def _batch(
    latents: Latents, count: int, small: bool, random: np.random.Generator
) -> tuple[torch.Tensor, list[str]]:
    whole = latents.values.shape[-1]
    side = whole // 2 if small else whole * 3 // 4
    values, told = [], []
    for index in random.integers(0, len(latents.values), count):
        top, left = (int(random.integers(whole - side + 1)) for _ in range(2))
        values.append(latents.values[index, :, top : top + side, left : left + side].float())
        untold = random.random() < _UNTOLD
        told.append("" if untold else phrase(latents.looks[int(index)], random))
    return torch.stack(values), told
