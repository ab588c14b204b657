"""A whole detector of about a million random weights, for tests and for a CPU."""

from __future__ import annotations

from typing import Any, Literal

from detector.model.config import DetectorConfig, LanguageConfig, LoraConfig, Part

Dino = Literal["dinov2", "dinov2_with_registers", "dinov3_vit"]

IMAGE_TOKEN, SEGMENTATION_TOKEN, REAL, FAKE = 60, 61, 62, 63
INTRODUCTION = (50, 51, 52)
SAM_SIDE = 64


def tiny_config(
    *,
    dino: Dino = "dinov2",
    language: bool = False,
    localiser: bool = False,
    adaptation: LoraConfig | Literal["full", "frozen"] = "full",
    **changes: Any,
) -> DetectorConfig:
    """A detector of 56 px pictures (4 x 4 tokens of width 32), with the parts that are asked.

    The toy vocabulary has 64 tokens; the constants of this module name those with a meaning.
    """
    values: dict[str, Any] = {
        "clip": Part(config=_vit("clip_vision_model", 14, projection_dim=32)),
        "dino": Part(config=_dino(dino)),
        "image_size": 56,
        "width": 32,
        "heads": 4,
        "language": _language(adaptation) if language or localiser else None,
        "localiser": Part(config=_sam()) if localiser else None,
    }
    return DetectorConfig(**{**values, **changes})


def _vit(model_type: str, patch: int, **more: Any) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "image_size": 4 * patch,
        "patch_size": patch,
        # The usual deviation of 0.02 leaves so narrow a network's tokens all but alike.
        "initializer_range": 0.2,
        **more,
    }


def _dino(name: Dino) -> dict[str, Any]:
    if name == "dinov3_vit":
        return _vit(name, 16, intermediate_size=64, num_register_tokens=4)
    return _vit(name, 14, mlp_ratio=2)


def _language(adaptation: LoraConfig | Literal["full", "frozen"]) -> LanguageConfig:
    llama = {
        "model_type": "llama",
        "vocab_size": 64,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 256,
        "pad_token_id": 0,
    }
    return LanguageConfig(
        model=Part(config=llama),
        image_token=IMAGE_TOKEN,
        segmentation_token=SEGMENTATION_TOKEN,
        introduction=INTRODUCTION,
        real=(REAL,),
        fake=(FAKE,),
        adaptation=adaptation,
    )


def _sam() -> dict[str, Any]:
    side = SAM_SIDE
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [side, side],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [4, 4, 4, 2],
        # The first block of a stage pools, which a global block cannot.
        "global_attention_blocks": [3],
        "window_positional_embedding_background_size": [2, 2],
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[side // 4] * 2, [side // 8] * 2, [side // 16] * 2],
        "fpn_hidden_size": 32,
    }
    prompt = {"hidden_size": 32, "image_size": side, "patch_size": 16, "mask_input_channels": 4}
    decoder = {"hidden_size": 32, "mlp_dim": 64, "num_attention_heads": 2, "iou_head_hidden_dim": 8}
    return {
        "model_type": "sam2",
        "vision_config": vision,
        "prompt_encoder_config": prompt,
        "mask_decoder_config": decoder,
    }
