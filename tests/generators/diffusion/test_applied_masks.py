"""The applied mask is what a pipeline redraws: its latents say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from generators.diffusion import inpaint
from generators.diffusion.preset import Task
from generators.diffusion.sampling import Sampler
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import adaptor, forge, small_jobs

_BLENDING = (
    "StableDiffusionPipeline",
    "StableDiffusionXLInpaintPipeline",
    "FluxInpaintPipeline",
    "KandinskyV22InpaintCombinedPipeline",
    "QwenImageInpaintPipeline",
    "StableDiffusion3InpaintPipeline",
    "ZImageInpaintPipeline",
)


class _Spied(Sampler):
    """Keeps the latents that are decoded."""

    decoded: list[Any] = []  # noqa: RUF012 (one list for all of them is what is wanted)

    def draw(self, drafts: Any) -> Any:
        components = self.pipeline.components
        autoencoder = components.get("vae") or components["movq"]
        decode = autoencoder.decode

        def spy(latents: Any, *arguments: Any, **named: Any) -> Any:
            self.decoded.append(latents.detach().clone())
            return decode(latents, *arguments, **named)

        autoencoder.decode = spy
        try:
            return super().draw(drafts)
        finally:
            del autoencoder.decode


@pytest.mark.parametrize("name", _BLENDING)
def test_the_applied_mask_is_what_is_redrawn(
    name: str, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inpaint, "Sampler", _Spied)
    monkeypatch.setattr(_Spied, "decoded", [])
    # A picture that fills the working size, so that nothing is padded.
    job = small_jobs(Task.INPAINT, 128)[0]
    pixels = np.resize(job.source.pixels, (64, 128, 3))
    picture = replace(job.source, pixels=pixels)
    assert job.mask is not None
    job = replace(job, picture=picture, mask=np.resize(job.mask, (64, 128)))
    generator = adaptor(Task.INPAINT, checkpoint=str(checkpoint(name)), steps=3, size="source")
    prompts = ("a red bicycle", "zzz zzz zzz zzz")
    (one,) = forge(generator, [replace(job, prompt=prompts[0])])
    (other,) = forge(generator, [replace(job, prompt=prompts[1])])
    first, second = (latents.flatten(0, -3) for latents in _Spied.decoded)
    redrawn = (torch.abs(first - second).amax(dim=0) > 1e-6).numpy()
    assert one.applied is not None
    assert other.applied is not None
    assert np.array_equal(one.applied, other.applied)
    cells = one.applied.reshape(8, 8, 16, 8)
    assert np.array_equal(cells.all(axis=(1, 3)), cells.any(axis=(1, 3)))
    assert np.array_equal(redrawn, cells.any(axis=(1, 3)))
    assert job.mask is not None
    assert one.applied[job.mask].all()


def test_flux_fill_takes_the_mask_pixel_by_pixel(checkpoint: Checkpoint) -> None:
    generator = adaptor(Task.INPAINT, checkpoint=str(checkpoint("FluxFillPipeline")))
    for job, forgery in zip(
        small_jobs(Task.INPAINT), forge(generator, small_jobs(Task.INPAINT)), strict=True
    ):
        assert forgery.requested is not None
        assert forgery.applied is not None
        assert job.mask is not None
        assert np.array_equal(forgery.applied, job.mask)


def test_a_widened_mask_is_the_applied_one(checkpoint: Checkpoint) -> None:
    name = "StableDiffusionPipeline"
    job = small_jobs(Task.INPAINT)[0]
    plain, wide = (
        forge(adaptor(Task.INPAINT, checkpoint=str(checkpoint(name)), dilate=dilate), [job])[0]
        for dilate in (0, 9)
    )
    assert plain.applied is not None
    assert wide.applied is not None
    assert wide.applied.sum() > plain.applied.sum()
    assert wide.applied[plain.applied].all()
    assert wide.requested is not None
    assert job.mask is not None
    assert np.array_equal(wide.requested, job.mask)
    assert wide.parameters["dilate"] == 9
