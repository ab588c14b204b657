"""Whole detectors of random weights: a tiny one for tests, and a small one that a CPU trains."""

from __future__ import annotations

from typing import Any, Literal

from detector.model.config import Adaptation, DetectorConfig, Dual, LanguageConfig, Part, Views

DinoFamily = Literal["dinov2", "dinov2_with_registers", "dinov3_vit"]

IMAGE_TOKEN, SEGMENTATION_TOKEN, REAL, FAKE = 60, 61, 62, 63
INTRODUCTION = (50, 51, 52)
SAM_SIDE = 64


def tiny_config(
    *,
    dino: DinoFamily = "dinov2",
    internvl: bool = False,
    dropout: float = 0.1,
    language: bool = False,
    localiser: bool = False,
    adaptation: Adaptation = "full",
    **changes: Any,
) -> DetectorConfig:
    """A detector of 56 px views (4 x 4 tokens of width 32), with the parts that are asked.

    The toy vocabulary has 64 tokens; the constants of this module name those with a meaning.
    """
    clip = _vit("clip_vision_model", 14, 56)
    seen = _vit(dino, 16, 64) if dino == "dinov3_vit" else _vit(dino, 14, 56)
    llama = _llama("llama", 32, 2, 64)
    model = _internvl(llama, 56) if internvl else llama
    values: dict[str, Any] = {
        "eyes": Dual(clip=Part(config=clip), dino=Part(config=seen), heads=4, dropout=dropout),
        "image_size": 56,
        "width": 32,
        "mask_head": not localiser,
        "language": _words(model, adaptation) if language or localiser or internvl else None,
        "localiser": Part(config=_sam(SAM_SIDE, 8)) if localiser else None,
    }
    if internvl:
        values["eyes"] = "internvl"
    return DetectorConfig(**{**values, **changes})


def small_config(
    *,
    language: bool = False,
    localiser: bool = False,
    vocabulary: int = 1024,
    size: int = 384,
    **changes: Any,
) -> DetectorConfig:
    """A detector of one to three million weights, which a CPU trains from nothing in minutes.

    It sees a picture at its own resolution, in one or two views of `size` px: what resizing takes
    away is most of what tells a forgery. Its patches are large, which is what makes it quick, its
    masks are drawn pixel by pixel all the same, and DINO's branch sees traces, not pictures. The
    token ids are the tiny ones: complete them from a tokenizer by `presets.with_words`.
    """
    width, patch = 96, 32
    words = _words(_llama("llama", width, 4, vocabulary), "full")
    # A model that cannot write yet would never conclude by itself, and has no scale to be kept.
    words = words.model_copy(update={"positions": "taught", "temperature": 1.0})
    values: dict[str, Any] = {
        "eyes": Dual(
            clip=Part(config=_vit("clip_vision_model", patch, size, width, 3)),
            dino=Part(config=_vit("dinov2", patch, size, width, 2)),
            heads=4,
            dropout=0.0,
            traces=True,
        ),
        "image_size": size,
        "views": Views(kind="tiles", most=2, thumbnail=False),
        "train_encoders": True,
        "width": width,
        "mask_head": not localiser,
        "mask_detail": True,
        "mask_scale": patch,
        # From nothing, small forgeries are else given up before they are found.
        "forged_share": 0.1,
        "language": words if language or localiser else None,
        "localiser": Part(config=_sam(128, 16)) if localiser else None,
        "train_sam_encoder": True,
    }
    return DetectorConfig(**{**values, **changes})


def _vit(
    model_type: str, patch: int, size: int, width: int = 32, layers: int = 3
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "model_type": model_type,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "image_size": size,
        "patch_size": patch,
        # The usual deviation of 0.02 leaves so narrow a network's tokens all but alike.
        "initializer_range": 0.2 if width < 64 else 0.05,
    }
    if model_type == "clip_vision_model":
        return {**values, "projection_dim": width, "intermediate_size": 4 * width}
    if model_type == "dinov3_vit":
        return {**values, "intermediate_size": 2 * width, "num_register_tokens": 4}
    if model_type == "internvl_vision":
        return {**values, "intermediate_size": 2 * width}
    return {**values, "mlp_ratio": 4 if width > 32 else 2}


def _llama(model_type: str, width: int, layers: int, vocabulary: int) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "max_position_embeddings": 2048,
        "pad_token_id": 0,
    }


def _internvl(text: dict[str, Any], size: int) -> dict[str, Any]:
    return {
        "model_type": "internvl",
        "text_config": {**text, "model_type": "qwen2", "num_key_value_heads": 2, "eos_token_id": 2},
        "vision_config": _vit("internvl_vision", 7, size),
        "image_token_id": IMAGE_TOKEN,
        "tie_word_embeddings": False,
    }


def _words(model: dict[str, Any], adaptation: Adaptation) -> LanguageConfig:
    return LanguageConfig(
        model=Part(config=model),
        image_token=IMAGE_TOKEN,
        segmentation_token=SEGMENTATION_TOKEN,
        introduction=INTRODUCTION,
        real=(REAL,),
        fake=(FAKE,),
        adaptation=adaptation,
    )


def _sam(side: int, narrow: int) -> dict[str, Any]:
    widths = [narrow, 2 * narrow, 4 * narrow, 8 * narrow]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": narrow,
        "image_size": [side, side],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [4, 4, 4, 2],
        # The first block of a stage pools, which a global block cannot.
        "global_attention_blocks": [3],
        "window_positional_embedding_background_size": [2, 2],
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": widths[::-1],
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
