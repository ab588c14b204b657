"""Presets of PixArt-α and PixArt-Σ."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

RAIL_PP = "CreativeML-OpenRAIL++-M"

# Both would bin the size to one of their training sizes, scale and crop, and rewrite the prompt.
_AS_ASKED = {"use_resolution_binning": False, "clean_caption": False}

PIXART = (
    Preset(
        "pixart-alpha", "PixArt-alpha/PixArt-XL-2-1024-MS",
        {Task.TEXT_TO_IMAGE: "PixArtAlphaPipeline", Task.RECONSTRUCT: ""},
        "pixart", RAIL_PP, "sd-kl-f8-c4", "2023-11", (1024, 1024),
        steps=20, guidance=4.5, call=_AS_ASKED,
    ),
    Preset(
        "pixart-sigma", "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS",
        {Task.TEXT_TO_IMAGE: "PixArtSigmaPipeline", Task.RECONSTRUCT: ""},
        "pixart", RAIL_PP, "sdxl-kl-f8-c4", "2024-04", (1024, 1024),
        steps=20, guidance=4.5, call=_AS_ASKED,
    ),
)  # fmt: skip
