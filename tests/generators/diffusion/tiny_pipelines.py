"""Every pipeline class that a preset names, tiny and random, saved as a checkpoint is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
from transformers import CLIPConfig, CLIPImageProcessor

from tests.generators.diffusion import tiny_parts as parts
from tests.generators.diffusion import tiny_transformers as transformers
from tests.generators.diffusion import tiny_unets as unets

BUILDERS: dict[str, Callable[[], unets.Components]] = {
    "StableDiffusionPipeline": unets.sd,
    "StableDiffusionImg2ImgPipeline": unets.sd,
    "StableDiffusionInpaintPipeline": lambda: unets.sd(9),
    "StableDiffusionInstructPix2PixPipeline": lambda: unets.sd(8),
    "LatentConsistencyModelPipeline": unets.lcm,
    "LatentConsistencyModelImg2ImgPipeline": unets.lcm,
    "StableDiffusionXLPipeline": unets.sdxl,
    "StableDiffusionXLImg2ImgPipeline": unets.sdxl,
    "StableDiffusionXLInpaintPipeline": unets.sdxl,
    "StableDiffusion3Pipeline": transformers.sd3,
    "StableDiffusion3Img2ImgPipeline": transformers.sd3,
    "StableDiffusion3InpaintPipeline": transformers.sd3,
    "FluxPipeline": transformers.flux,
    "FluxImg2ImgPipeline": transformers.flux,
    "FluxInpaintPipeline": transformers.flux,
    "FluxFillPipeline": lambda: transformers.flux(16 + 16 + 4 * 64),
    "FluxKontextPipeline": transformers.flux,
    "PixArtAlphaPipeline": transformers.pixart,
    "PixArtSigmaPipeline": transformers.pixart,
    "KandinskyV22CombinedPipeline": unets.kandinsky,
    "KandinskyV22Img2ImgCombinedPipeline": unets.kandinsky,
    "KandinskyV22InpaintCombinedPipeline": lambda: unets.kandinsky(9),
    "QwenImagePipeline": transformers.qwen,
    "QwenImageImg2ImgPipeline": transformers.qwen,
    "QwenImageInpaintPipeline": transformers.qwen,
    "ZImagePipeline": transformers.z_image,
    "ZImageImg2ImgPipeline": transformers.z_image,
    "ZImageInpaintPipeline": transformers.z_image,
    "SanaPipeline": transformers.sana,
    "Flux2KleinPipeline": transformers.flux2,
    "IFPipeline": unets.deepfloyd,
    "IFSuperResolutionPipeline": lambda: unets.deepfloyd(larger=True),
}


def save(name: str, folder: Path) -> Path:
    """Build the pipeline class `name` and save it as a checkpoint in `folder`."""
    pipeline = getattr(diffusers, name)(**BUILDERS[name]())
    pipeline.save_pretrained(folder)
    return folder


def save_checked(folder: Path) -> Path:
    """A Stable Diffusion whose safety checker takes offence at every picture."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

    config = CLIPConfig(
        vision_config={
            "hidden_size": 32,
            "image_size": 32,
            "patch_size": 16,
            "intermediate_size": 37,
            "num_attention_heads": 4,
            "num_hidden_layers": 1,
        },
        projection_dim=parts.WIDTH,
    )
    checker = StableDiffusionSafetyChecker(config)
    # Similarities are held against these; none is below -1.
    checker.concept_embeds_weights.data.fill_(-2.0)
    checker.special_care_embeds_weights.data.fill_(-2.0)
    components = unets.sd() | {
        "safety_checker": checker,
        "feature_extractor": CLIPImageProcessor(size=32, crop_size=32),
        "requires_safety_checker": True,
    }
    pipeline: Any = diffusers.StableDiffusionPipeline(**components)
    pipeline.save_pretrained(folder)
    return folder
