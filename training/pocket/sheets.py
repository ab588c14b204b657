"""Sheets of pictures to look at: everything that the exported pipeline can do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from training.pocket.libraries import Model, diffusers
from training.pocket.measure import reconstruct
from training.pocket.photographs import Photograph, Use

_Row = list[NDArray[np.uint8]]

_SIDE = 320
_STEPS = 20
_PROMPTS = (
    "a bright photograph, blue",
    "a dark photograph, orange, detailed",
    "a detailed green photograph",
    "a smooth grey photograph",
    "a bright document",
    "a photograph",
)


def write_sheets(folder: Path, photographs: Sequence[Photograph], out: Path) -> None:
    """Write `reconstruction.png`, `variation.png`, `inpainting.png` and `words.png` to `out`.

    The first column of each but the last is a held-out picture, cut to 320 x 320 pixels.
    """
    out.mkdir(parents=True, exist_ok=True)
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(folder)
    parts = {**pipeline.components, "requires_safety_checker": False}
    variation = diffusers.StableDiffusionImg2ImgPipeline(**parts)
    inpainting = diffusers.StableDiffusionInpaintPipeline(**parts)
    for each in (pipeline, variation, inpainting):
        each.set_progress_bar_config(disable=True)
    unseen = [photograph for photograph in photographs if photograph.use is Use.MEASURE]
    scenes = [photograph for photograph in unseen if not photograph.document][:8:2]
    papers = [photograph for photograph in unseen if photograph.document][:1]
    pictures = [_square(photograph.pixels) for photograph in [*scenes, *papers]]
    rows = {
        "reconstruction": [[pixels, reconstruct(pipeline.vae, pixels)] for pixels in pictures],
        "variation": [_varied(variation, pixels) for pixels in pictures],
        "inpainting": [_filled(inpainting, pixels) for pixels in pictures],
        "words": [_said(pipeline, prompt) for prompt in _PROMPTS],
    }
    for name, sheet in rows.items():
        Image.fromarray(np.vstack([np.hstack(row) for row in sheet])).save(out / f"{name}.png")


def _varied(pipeline: Model, pixels: NDArray[np.uint8]) -> _Row:
    made = [
        pipeline(
            "a photograph",
            image=Image.fromarray(pixels),
            strength=strength,
            num_inference_steps=_STEPS,
            guidance_scale=2.0,
            generator=_seeded(0),
        )
        for strength in (0.2, 0.4, 0.6)
    ]
    return [pixels, *(np.asarray(one.images[0]) for one in made)]


def _filled(pipeline: Model, pixels: NDArray[np.uint8]) -> _Row:
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.ellipse(mask, (_SIDE // 2, _SIDE // 2), (80, 60), 20, 0, 360, 255, -1)
    made = [
        pipeline(
            "a photograph",
            image=Image.fromarray(pixels),
            mask_image=Image.fromarray(mask),
            height=_SIDE,
            width=_SIDE,
            strength=1.0,
            num_inference_steps=_STEPS,
            guidance_scale=2.0,
            generator=_seeded(seed),
        )
        for seed in (0, 1)
    ]
    hidden = np.where(mask[..., None] > 0, np.uint8(255), pixels)
    return [pixels, hidden, *(np.asarray(one.images[0]) for one in made)]


def _said(pipeline: Model, prompt: str) -> _Row:
    made = pipeline(
        prompt,
        height=_SIDE,
        width=_SIDE,
        num_inference_steps=_STEPS,
        num_images_per_prompt=4,
        guidance_scale=3.0,
        generator=[_seeded(seed) for seed in range(4)],
    )
    return [np.asarray(image) for image in made.images]


def _square(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    crop = pixels[top : top + side, left : left + side]
    resized = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
