"""Detectors of the papers, by the names of the checkpoints they start from."""

from __future__ import annotations

from detector.model.config import DetectorConfig, LanguageConfig, LoraConfig, Part


def fakereasoning() -> DetectorConfig:
    """FakeReasoning: CLIP ViT-L/14-336, DINOv2 ViT-L/14, Vicuna 13B, the published token ids.

    The published code starts from LLaVA-MoF's language model and projectors; this starts from
    Vicuna 1.5, whose tokens are the same, and new projectors.
    """
    return DetectorConfig(
        clip=Part(checkpoint="openai/clip-vit-large-patch14-336"),
        dino=Part(checkpoint="facebook/dinov2-large"),
        width=5120,
        heads=16,
        probability_head=False,
        mask_head=False,
        language=LanguageConfig(
            model=Part(checkpoint="lmsys/vicuna-13b-v1.5"),
            # <unk> never stands in a text of this vocabulary: it can hold the picture's place.
            image_token=0,
            # "CONCLUSION> This image is", without the bracket, whose token depends on what leads.
            introduction=(6007, 6154, 3308, 2725, 29958, 910, 1967, 338),
            real=(1855,),
            fake=(25713,),
            adaptation=LoraConfig(),
        ),
    )


def heads_only() -> DetectorConfig:
    """The same encoders and fusion at width 1024, for a probability and a mask alone."""
    return DetectorConfig(
        clip=Part(checkpoint="openai/clip-vit-large-patch14-336"),
        dino=Part(checkpoint="facebook/dinov2-large"),
    )
