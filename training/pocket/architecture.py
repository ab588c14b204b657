"""The sizes of the networks, and the networks themselves with fresh weights."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from training.pocket.libraries import Model, diffusers, transformers

LATENT_CHANNELS = 4
"""diffusers' StableDiffusionInpaintPipeline takes no other number without a mask channel."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """How wide the networks are. The autoencoder halves a picture between its widths."""

    autoencoder: tuple[int, ...] = (32, 64, 96)
    denoiser: tuple[int, ...] = (64, 96, 96)
    text_width: int = 64
    text_layers: int = 2
    autoencoder_groups: int = 8
    groups: int = 16


def build_autoencoder(sizes: Architecture) -> Model:
    """A KL autoencoder without attention, so that its cost grows with the area alone."""
    levels = len(sizes.autoencoder)
    return diffusers.AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=LATENT_CHANNELS,
        block_out_channels=sizes.autoencoder,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        norm_num_groups=sizes.autoencoder_groups,
        mid_block_add_attention=False,
        sample_size=256,
        scaling_factor=1.0,
    )


def build_denoiser(sizes: Architecture) -> Model:
    """A conditional U-Net that attends to the words, and from afar, on its coarsest level alone.

    The pooled words also join the time in every residual block, as in Imagen (Saharia et al.,
    2022): attention alone learned to do without them. Most of the work is done at full size, where
    noise that is left over shows as grain.
    """
    plain = len(sizes.denoiser) - 1
    model = diffusers.UNet2DConditionModel(
        sample_size=64,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=sizes.denoiser,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * plain + ("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",) + ("UpBlock2D",) * plain,
        cross_attention_dim=sizes.text_width,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
        attention_head_dim=4,
        norm_num_groups=sizes.groups,
        resnet_time_scale_shift="scale_shift",
    )
    # Residual blocks that add nothing yet, and a guess of nothing, learn faster from the start
    # (Dhariwal and Nichol, 2021).
    for name, weight in model.named_parameters():
        if ".conv2." in name or name.startswith("conv_out."):
            nn.init.zeros_(weight)
    return model


def build_text_encoder(sizes: Architecture, vocabulary: int, start: int, end: int) -> Model:
    """CLIP's text encoder, small; `start` and `end` are the tokens around every phrase."""
    return transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=sizes.text_width,
            intermediate_size=2 * sizes.text_width,
            num_hidden_layers=sizes.text_layers,
            num_attention_heads=4,
            projection_dim=sizes.text_width,
            max_position_embeddings=77,
            bos_token_id=start,
            eos_token_id=end,
            pad_token_id=end,
        )
    )
