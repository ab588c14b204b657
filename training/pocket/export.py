"""Writes the trained parts as a folder that diffusers' `from_pretrained` opens."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from schemas.errors import StorageError
from training.pocket.denoiser import Denoiser, build_scheduler
from training.pocket.libraries import Model, diffusers

MOST_BYTES = 12_000_000


def export(autoencoder: Model, denoiser: Denoiser, folder: Path) -> int:
    """Save a Stable Diffusion pipeline, its pictures' side in float16; returns the folder's bytes.

    The same weights give the same files. Raises `StorageError` beyond `MOST_BYTES`.
    """
    pipeline = diffusers.StableDiffusionPipeline(
        vae=autoencoder.cpu().half(),
        # transformers loads what is stored in half as half, diffusers as float32: were the text
        # encoder stored in half, the pipeline would not run as it is loaded.
        text_encoder=denoiser.text_encoder.cpu().float(),
        tokenizer=denoiser.tokenizer,
        unet=denoiser.unet.cpu().half(),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    for weights in sorted(folder.rglob("*.safetensors")):
        _settle(weights)
    for settings in sorted(folder.rglob("config.json")):
        _forget_folder(settings)
    total = size_of(folder)
    if total > MOST_BYTES:
        raise StorageError(
            f"{folder} has {total} bytes, more than {MOST_BYTES}: use narrower nets."
        )
    return total


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _settle(path: Path) -> None:
    # Weights with the strides of channels last are stored plainly, so that history never shows.
    weights = {
        name: value.contiguous(memory_format=torch.contiguous_format)
        for name, value in load_file(path).items()
    }
    save_file(weights, path, metadata={"format": "pt"})
    path.chmod(0o644)


def _forget_folder(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if '"_name_or_path"' not in line]
    path.write_text("\n".join(kept) + "\n", "utf-8")
