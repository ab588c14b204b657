"""The parts of tiny pipelines: real classes, random weights, tokenizers of single characters."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, VQModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Qwen2Tokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

WIDTH = 32
"""Width of every text embedding."""


def bytes_as_letters() -> list[str]:
    """The 256 letters by which byte-level tokenizers write bytes (Radford et al., GPT-2, 2019)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {byte: chr(byte) for byte in plain}
    letters |= {byte: chr(256 + number) for number, byte in enumerate(others)}
    return [letters[byte] for byte in range(256)]


def clip_tokenizer() -> Any:
    letters = bytes_as_letters()
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=77
    )


def t5_tokenizer() -> Any:
    pieces = ["<pad>", "</s>", "<unk>", "▁", *(chr(code) for code in range(33, 127))]
    return T5Tokenizer(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0, model_max_length=512)


def qwen_tokenizer() -> Any:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    words = [*bytes_as_letters(), *special]
    tokenizer = Qwen2Tokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=[],
        additional_special_tokens=special[1:],
        model_max_length=1024,
    )
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>{% endif %}"
    )
    return tokenizer


def clip_text_encoder(projected: bool = False) -> Any:
    torch.manual_seed(0)
    config = CLIPTextConfig(
        vocab_size=514,
        hidden_size=WIDTH,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=WIDTH,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def t5_text_encoder(width: int = WIDTH) -> Any:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=98, d_model=width, d_ff=37, d_kv=8, num_heads=4, num_layers=1, dropout_rate=0.0
    )
    return T5EncoderModel(config)


def qwen_text_encoder(layers: int = 2) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=260,
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
    )
    return Qwen3ForCausalLM(config)


def qwen_seeing_encoder() -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    rope = {"mrope_section": [2, 3, 3], "rope_type": "default", "rope_theta": 10000.0}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": 260,
            "hidden_size": WIDTH,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_parameters": rope,
            "pad_token_id": 256,
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
        },
        vision_start_token_id=257,
        vision_end_token_id=258,
        image_token_id=259,
        video_token_id=259,
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def gemma_tokenizer() -> Any:
    from transformers import GemmaTokenizer

    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "▁", *(chr(code) for code in range(33, 127))]
    return GemmaTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)},
        merges=[],
        model_max_length=512,
    )


def gemma_text_encoder() -> Any:
    from transformers import Gemma2Config, Gemma2Model

    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=100,
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
    )
    return Gemma2Model(config)


def autoencoder(channels: int = 4, flux: bool = False) -> Any:
    """Halves a picture three times, as the real ones do; `flux`: without layers for moments."""
    torch.manual_seed(0)
    return AutoencoderKL(
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        layers_per_block=1,
        norm_num_groups=2,
        sample_size=64,
        use_quant_conv=not flux,
        use_post_quant_conv=not flux,
        shift_factor=0.06 if flux else None,
        scaling_factor=1.5 if flux else 0.18215,
    )


def movq() -> Any:
    torch.manual_seed(0)
    return VQModel(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=4,
    )


def unet(channels: int = 4, width: int = WIDTH, **others: Any) -> Any:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        **{
            "sample_size": 8,
            "in_channels": channels,
            "out_channels": 4,
            "block_out_channels": (8, 16),
            "layers_per_block": 1,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": width,
            "attention_head_dim": 4,
            "norm_num_groups": 4,
            **others,
        }
    )


def pixel_unet(channels: int, **others: Any) -> Any:
    """A U-Net as DeepFloyd IF's and Kandinsky's decoder have it, that guesses variances too."""
    return unet(
        channels,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        resnet_time_scale_shift="scale_shift",
        **others,
    )
