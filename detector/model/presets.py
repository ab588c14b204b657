"""Detectors of the papers, by the names of the checkpoints they start from."""

from __future__ import annotations

from collections.abc import Sequence

from detector.model.config import (
    Adaptation,
    DetectorConfig,
    Dual,
    LanguageConfig,
    Part,
    Views,
)

CLIP = Part(checkpoint="openai/clip-vit-large-patch14-336")
DINO = Part(checkpoint="facebook/dinov2-large")
INTERNVL = Part(checkpoint="OpenGVLab/InternVL3-2B-hf")
SAM = Part(checkpoint="facebook/sam2.1-hiera-large")


def fakereasoning() -> DetectorConfig:
    """FakeReasoning: CLIP ViT-L/14-336, DINOv2 ViT-L/14, Vicuna 13B, the published token ids.

    The published code starts from LLaVA-MoF's language model and projectors; this starts from
    Vicuna 1.5, whose tokens are the same, and new projectors.
    """
    return DetectorConfig(
        eyes=Dual(clip=CLIP, dino=DINO),
        width=5120,
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
            gradient_checkpointing=True,
        ),
    )


def unified(adaptation: Adaptation = "full") -> DetectorConfig:
    """DeFakerOne: InternVL with dynamic tiling, SAM 2 by a segmentation token, the first word.

    The paper tunes all of InternVL2-2B first ("full"), then LoRA of rank 128 and alpha 16 with the
    tower and its connector frozen. transformers knows that family from InternVL3 on, hence the
    model of its size here. Its tokenizer is to be given a segmentation token, and gives the words
    No, Not, Never, None and Yes, Yeah, True, Sure by `with_words`. The verdict has no loss but the
    text's own.
    """
    return DetectorConfig(
        eyes="internvl",
        image_size=448,
        views=Views(kind="grid", most=12),
        train_encoders=adaptation == "full",
        width=1536,
        probability_head=False,
        mask_head=False,
        language=LanguageConfig(
            model=INTERNVL,
            image_token=151667,
            segmentation_token=151674,
            vocabulary=151675,
            added=(151674,),
            # No and Yes; `with_words` gives the other words from the tokenizer.
            real=(2753,),
            fake=(9454,),
            end_token=151645,
            temperature=1.0,
            adaptation=adaptation,
            gradient_checkpointing=True,
        ),
        localiser=SAM,
        train_sam_encoder=True,
        weights={"verdict": 0.0},
    )


def heads_only() -> DetectorConfig:
    """FakeReasoning's eyes at width 1024, for a probability and a mask alone."""
    return DetectorConfig(eyes=Dual(clip=CLIP, dino=DINO))


def with_words(
    config: DetectorConfig,
    *,
    introduction: Sequence[int],
    real: Sequence[int],
    fake: Sequence[int],
    image_token: int,
    segmentation_token: int | None = None,
    end_token: int | None = None,
    vocabulary: int | None = None,
    added: Sequence[int] = (),
) -> DetectorConfig:
    """The same detector with the token ids of a tokenizer.

    vocabulary: how many words the tokenizer has, the `added` ones counted; the model's embeddings
    are made longer where they are too short. Raises ValueError for a detector without a language
    model.
    """
    if config.language is None:
        raise ValueError("this detector has no language model that could have words")
    words = {
        "introduction": tuple(introduction),
        "real": tuple(real),
        "fake": tuple(fake),
        "image_token": image_token,
        "segmentation_token": segmentation_token,
        "end_token": end_token,
        "vocabulary": vocabulary,
        "added": tuple(added),
    }
    language = LanguageConfig.model_validate(config.language.model_dump() | words)
    return DetectorConfig.model_validate(config.model_dump() | {"language": language.model_dump()})
