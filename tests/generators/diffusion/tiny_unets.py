"""The components of pipelines that denoise with a U-Net, tiny and random."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    LCMScheduler,
    PriorTransformer,
    UnCLIPScheduler,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.generators.diffusion import tiny_parts as parts

Components = dict[str, Any]


def sd(channels: int = 4, checker: bool = False) -> Components:
    return {
        "vae": parts.autoencoder(),
        "text_encoder": parts.clip_text_encoder(),
        "tokenizer": parts.clip_tokenizer(),
        "unet": parts.unet(channels),
        "scheduler": DDIMScheduler(
            beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
        ),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def lcm() -> Components:
    components = sd()
    components["unet"] = parts.unet(time_cond_proj_dim=8)
    components["scheduler"] = LCMScheduler(beta_schedule="scaled_linear", clip_sample=False)
    return components


def sdxl() -> Components:
    unet = parts.unet(
        width=2 * parts.WIDTH,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + parts.WIDTH,
    )
    return {
        "vae": parts.autoencoder(),
        "text_encoder": parts.clip_text_encoder(),
        "text_encoder_2": parts.clip_text_encoder(projected=True),
        "tokenizer": parts.clip_tokenizer(),
        "tokenizer_2": parts.clip_tokenizer(),
        "unet": unet,
        "scheduler": diffusers.EulerDiscreteScheduler(beta_schedule="scaled_linear"),
    }


def kandinsky(channels: int = 4) -> Components:
    torch.manual_seed(0)
    prior: Any = PriorTransformer(
        num_attention_heads=2, attention_head_dim=12, embedding_dim=parts.WIDTH, num_layers=1
    )
    prior.clip_std = torch.nn.Parameter(torch.ones_like(prior.clip_std))
    vision = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=32,
            image_size=32,
            patch_size=16,
            projection_dim=parts.WIDTH,
            intermediate_size=37,
            num_attention_heads=4,
            num_hidden_layers=1,
        )
    )
    unet = parts.pixel_unet(
        channels,
        out_channels=8,
        addition_embed_type="image",
        encoder_hid_dim=parts.WIDTH,
        encoder_hid_dim_type="image_proj",
    )
    return {
        "unet": unet,
        "scheduler": DDIMScheduler(clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        "movq": parts.movq(),
        "prior_prior": prior,
        "prior_image_encoder": vision,
        "prior_text_encoder": parts.clip_text_encoder(projected=True),
        "prior_tokenizer": parts.clip_tokenizer(),
        "prior_scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log",
            prediction_type="sample",
            clip_sample=True,
            clip_sample_range=10.0,
        ),
        "prior_image_processor": CLIPImageProcessor(size=32, crop_size=32),
    }


def deepfloyd(larger: bool = False) -> Components:
    from diffusers.pipelines.deepfloyd_if.watermark import IFWatermarker

    others: Components = {
        "out_channels": 2 * 3,
        "addition_embed_type": "text",
        "addition_embed_type_num_heads": 2,
        "encoder_hid_dim": parts.WIDTH,
        "cross_attention_norm": "group_norm",
        "act_fn": "gelu",
    }
    if larger:
        others |= {"class_embed_type": "timestep", "time_embedding_act_fn": "gelu"}
    scheduler = {"beta_schedule": "squaredcos_cap_v2", "variance_type": "learned_range"}
    components: Components = {
        "text_encoder": parts.t5_text_encoder(),
        "tokenizer": parts.t5_tokenizer(),
        "unet": parts.pixel_unet(6 if larger else 3, **others),
        "scheduler": DDPMScheduler(**scheduler),
        "watermarker": IFWatermarker(),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    if larger:
        components["image_noising_scheduler"] = DDPMScheduler(beta_schedule="squaredcos_cap_v2")
    return components
