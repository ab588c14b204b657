"""The pocket checkpoint: small enough to come with the code and to run on a processor."""

from __future__ import annotations

from pathlib import Path

from generators.diffusion.preset import Preset, Task

FOLDER = Path(__file__).resolve().parents[1] / "pocket"

# It follows no instructions. As an editor it noises the picture and draws it anew after the prompt
# (SDEdit: Meng et al., Guided Image Synthesis and Editing with Stochastic Differential Equations,
# 2022), so that every adaptor can be tried on any machine.
POCKET = Preset(
    name="pocket",
    checkpoint=str(FOLDER),
    pipelines={
        Task.TEXT_TO_IMAGE: "StableDiffusionPipeline",
        Task.VARIATION: "StableDiffusionImg2ImgPipeline",
        Task.INPAINT: "StableDiffusionInpaintPipeline",
        Task.EDIT: "StableDiffusionImg2ImgPipeline",
        Task.RECONSTRUCT: "",
    },
    family="pocket",
    licence="Apache-2.0",
    autoencoder="pocket-kl-f4",
    released="2026-11",
    native=(256, 256),
    steps=12,
    guidance=2.0,
    # It loses itself where much is to be made up.
    strength=0.35,
    dtype="float32",
    size="source",
    gpu=False,
)
