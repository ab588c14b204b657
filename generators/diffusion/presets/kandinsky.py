"""Presets of Kandinsky 2.2, whose prior turns the prompt into an image embedding first."""

from __future__ import annotations

from generators.diffusion.preset import Preset, Task

_AUTOENCODER = "kandinsky-movq-f8-c4"
_PRIOR = "kandinsky-community/kandinsky-2-2-prior"

KANDINSKY = (
    Preset(
        "kandinsky-2.2", "kandinsky-community/kandinsky-2-2-decoder",
        {
            Task.TEXT_TO_IMAGE: "KandinskyV22CombinedPipeline",
            Task.VARIATION: "KandinskyV22Img2ImgCombinedPipeline",
            Task.RECONSTRUCT: "",
        },
        "kandinsky-2", "Apache-2.0", _AUTOENCODER, "2023-07", (768, 768),
        steps=50, guidance=4.0, prior=_PRIOR,
    ),
    Preset(
        "kandinsky-2.2-inpainting", "kandinsky-community/kandinsky-2-2-decoder-inpaint",
        {Task.INPAINT: "KandinskyV22InpaintCombinedPipeline", Task.RECONSTRUCT: ""},
        "kandinsky-2", "Apache-2.0", _AUTOENCODER, "2023-07", (768, 768),
        steps=50, guidance=4.0, prior=_PRIOR,
    ),
)  # fmt: skip
