"""Presets of further families, of a checkpoint or two each."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

OTHERS = (
    Preset(
        "z-image-turbo", "Tongyi-MAI/Z-Image-Turbo",
        {
            Task.TEXT_TO_IMAGE: "ZImagePipeline",
            Task.VARIATION: "ZImageImg2ImgPipeline",
            Task.INPAINT: "ZImageInpaintPipeline",
            Task.RECONSTRUCT: "",
        },
        # Its autoencoder is FLUX.1's.
        "z-image", "Apache-2.0", "flux.1-kl-f8-c16", "2025-11", (1024, 1024),
        steps=8, guidance=0.0, dtype="bfloat16",
    ),
    Preset(
        "sana-1.6b", "Efficient-Large-Model/Sana_1600M_1024px_BF16_diffusers",
        {Task.TEXT_TO_IMAGE: "SanaPipeline", Task.RECONSTRUCT: ""},
        "sana", "unknown", "dc-ae-f32-c32", "2024-11", (1024, 1024),
        steps=20, guidance=4.5, dtype="bfloat16",
        call={"use_resolution_binning": False, "clean_caption": False},
    ),
)  # fmt: skip
