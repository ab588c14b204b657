"""The components of pipelines that denoise with a transformer, tiny and random."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
    PixArtTransformer2DModel,
    QwenImageTransformer2DModel,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
    ZImageTransformer2DModel,
)

from tests.generators.diffusion import tiny_parts as parts

Components = dict[str, Any]


def sd3() -> Components:
    torch.manual_seed(0)
    transformer = SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=2 * parts.WIDTH,
        caption_projection_dim=32,
        pooled_projection_dim=2 * parts.WIDTH,
        pos_embed_max_size=96,
    )
    return {
        "vae": parts.autoencoder(16, flux=True),
        "text_encoder": parts.clip_text_encoder(projected=True),
        "tokenizer": parts.clip_tokenizer(),
        "text_encoder_2": parts.clip_text_encoder(projected=True),
        "tokenizer_2": parts.clip_tokenizer(),
        "text_encoder_3": parts.t5_text_encoder(2 * parts.WIDTH),
        "tokenizer_3": parts.t5_tokenizer(),
        "transformer": transformer,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }


def flux(channels: int = 16, guided: bool = True) -> Components:
    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=channels,
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=parts.WIDTH,
        pooled_projection_dim=parts.WIDTH,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=guided,
    )
    return {
        "vae": parts.autoencoder(flux=True),
        "text_encoder": parts.clip_text_encoder(),
        "tokenizer": parts.clip_tokenizer(),
        "text_encoder_2": parts.t5_text_encoder(),
        "tokenizer_2": parts.t5_tokenizer(),
        "transformer": transformer,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }


def pixart() -> Components:
    torch.manual_seed(0)
    transformer = PixArtTransformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=4,
        out_channels=8,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        cross_attention_dim=16,
        caption_channels=parts.WIDTH,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        use_additional_conditions=False,
    )
    return {
        "vae": parts.autoencoder(),
        "text_encoder": parts.t5_text_encoder(),
        "tokenizer": parts.t5_tokenizer(),
        "transformer": transformer,
        "scheduler": diffusers.DPMSolverMultistepScheduler(),
    }


def qwen() -> Components:
    torch.manual_seed(0)
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=parts.WIDTH,
        axes_dims_rope=(8, 4, 4),
    )
    vae = AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    return {
        "vae": vae,
        "text_encoder": parts.qwen_seeing_encoder(),
        "tokenizer": parts.qwen_tokenizer(),
        "transformer": transformer,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }


def z_image() -> Components:
    torch.manual_seed(0)
    transformer = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=parts.WIDTH,
        axes_dims=[8, 4, 4],
        axes_lens=[1024, 64, 64],
    )
    return {
        "vae": parts.autoencoder(flux=True),
        "text_encoder": parts.qwen_text_encoder(),
        "tokenizer": parts.qwen_tokenizer(),
        "transformer": transformer,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }


def sana() -> Components:
    torch.manual_seed(0)
    transformer = SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=1,
        num_cross_attention_heads=2,
        cross_attention_head_dim=8,
        cross_attention_dim=16,
        caption_channels=parts.WIDTH,
        sample_size=8,
    )
    vae = AutoencoderDC(
        latent_channels=4,
        attention_head_dim=2,
        encoder_block_out_channels=(8,) * 6,
        decoder_block_out_channels=(8,) * 6,
        encoder_qkv_multiscales=((),) * 6,
        decoder_qkv_multiscales=((),) * 6,
        encoder_layers_per_block=(1,) * 6,
        decoder_layers_per_block=(1,) * 6,
        downsample_block_type="conv",
        upsample_block_type="interpolate",
    )
    return {
        "vae": vae,
        "text_encoder": parts.gemma_text_encoder(),
        "tokenizer": parts.gemma_tokenizer(),
        "transformer": transformer,
        "scheduler": diffusers.DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0
        ),
    }


def flux2() -> Components:
    torch.manual_seed(0)
    transformer = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * parts.WIDTH,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    vae = AutoencoderKLFlux2(
        block_out_channels=(4, 4, 8, 8), latent_channels=4, layers_per_block=1, norm_num_groups=2
    )
    return {
        "vae": vae,
        # The pipeline reads layers 9, 18 and 27.
        "text_encoder": parts.qwen_text_encoder(27),
        "tokenizer": parts.qwen_tokenizer(),
        "transformer": transformer,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "is_distilled": True,
    }
