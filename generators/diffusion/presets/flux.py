"""Presets of FLUX.1, its Fill, Kontext and Krea models, and of FLUX.2."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

NON_COMMERCIAL = "FLUX.1 [dev] Non-Commercial License"

_FLUX = {
    Task.TEXT_TO_IMAGE: "FluxPipeline",
    Task.VARIATION: "FluxImg2ImgPipeline",
    Task.INPAINT: "FluxInpaintPipeline",
    Task.RECONSTRUCT: "",
}
_AUTOENCODER = "flux.1-kl-f8-c16"

FLUX = (
    Preset(
        "flux.1-dev", "black-forest-labs/FLUX.1-dev", _FLUX,
        "flux.1", NON_COMMERCIAL, _AUTOENCODER, "2024-08-01", (1024, 1024),
        steps=28, guidance=3.5, dtype="bfloat16",
    ),
    Preset(
        "flux.1-schnell", "black-forest-labs/FLUX.1-schnell", _FLUX,
        "flux.1", "Apache-2.0", _AUTOENCODER, "2024-08-01", (1024, 1024),
        steps=4, guidance=0.0, dtype="bfloat16", call={"max_sequence_length": 256},
    ),
    Preset(
        "flux.1-fill", "black-forest-labs/FLUX.1-Fill-dev",
        {Task.INPAINT: "FluxFillPipeline", Task.RECONSTRUCT: ""},
        "flux.1", NON_COMMERCIAL, _AUTOENCODER, "2024-11-21", (1024, 1024),
        steps=50, guidance=30.0, dtype="bfloat16",
    ),
    Preset(
        "flux.1-kontext", "black-forest-labs/FLUX.1-Kontext-dev",
        {Task.EDIT: "FluxKontextPipeline", Task.RECONSTRUCT: ""},
        "flux.1", NON_COMMERCIAL, _AUTOENCODER, "2025-06-26", (1024, 1024),
        steps=28, guidance=2.5, dtype="bfloat16",
    ),
    Preset(
        "flux.1-krea", "black-forest-labs/FLUX.1-Krea-dev", _FLUX,
        "flux.1", NON_COMMERCIAL, _AUTOENCODER, "2025-07-31", (1024, 1024),
        steps=28, guidance=4.5, dtype="bfloat16",
    ),
    Preset(
        "flux.2-klein-4b", "black-forest-labs/FLUX.2-klein-4B",
        {
            Task.TEXT_TO_IMAGE: "Flux2KleinPipeline",
            Task.EDIT: "Flux2KleinPipeline",
            Task.RECONSTRUCT: "",
        },
        "flux.2", "Apache-2.0", "flux.2-kl-f8-c32", "2026-01-15", (1024, 1024),
        steps=4, guidance=1.0, dtype="bfloat16",
    ),
)  # fmt: skip
