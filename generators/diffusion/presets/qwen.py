"""Presets of Qwen-Image and its editing models."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

_AUTOENCODER = "qwen-image-kl-f8-c16"

# True classifier-free guidance wants a negative prompt; a blank is what their authors give.
QWEN = (
    Preset(
        "qwen-image", "Qwen/Qwen-Image",
        {
            Task.TEXT_TO_IMAGE: "QwenImagePipeline",
            Task.VARIATION: "QwenImageImg2ImgPipeline",
            Task.INPAINT: "QwenImageInpaintPipeline",
            Task.RECONSTRUCT: "",
        },
        "qwen-image", "Apache-2.0", _AUTOENCODER, "2025-08-04", (1328, 1328),
        steps=50, guidance=4.0, guidance_name="true_cfg_scale", negative_prompt=" ",
        dtype="bfloat16",
    ),
    Preset(
        "qwen-image-edit", "Qwen/Qwen-Image-Edit",
        {Task.EDIT: "QwenImageEditPipeline", Task.RECONSTRUCT: ""},
        "qwen-image", "Apache-2.0", _AUTOENCODER, "2025-08-18", (1024, 1024),
        steps=50, guidance=4.0, guidance_name="true_cfg_scale", negative_prompt=" ",
        dtype="bfloat16", size="native",
    ),
    Preset(
        "qwen-image-edit-2509", "Qwen/Qwen-Image-Edit-2509",
        {Task.EDIT: "QwenImageEditPlusPipeline", Task.RECONSTRUCT: ""},
        "qwen-image", "Apache-2.0", _AUTOENCODER, "2025-09-22", (1024, 1024),
        steps=40, guidance=4.0, guidance_name="true_cfg_scale", negative_prompt=" ",
        dtype="bfloat16", size="native",
    ),
)  # fmt: skip
