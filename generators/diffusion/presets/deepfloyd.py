"""The preset of DeepFloyd IF, a cascade of diffusion models in pixel space."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

DEEPFLOYD = (
    Preset(
        "deepfloyd-if", "DeepFloyd/IF-I-XL-v1.0",
        {Task.TEXT_TO_IMAGE: "IFPipeline"},
        "deepfloyd-if", "DeepFloyd IF License (research only)", "none", "2023-04-28", (256, 256),
        steps=100, guidance=7.0, size="native", call={"clean_caption": False},
        upscaler=("DeepFloyd/IF-II-L-v1.0", "IFSuperResolutionPipeline", 4),
    ),
)  # fmt: skip
