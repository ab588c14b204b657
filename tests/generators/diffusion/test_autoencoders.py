"""Reconstruction with every kind of autoencoder, loaded without the rest of its checkpoint."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny

from generators.diffusion.preset import Task
from schemas.errors import GeneratorError
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import adaptor, apart, forge, small_jobs


@pytest.mark.parametrize(
    ("name", "kind", "drawn"),
    [
        ("StableDiffusionPipeline", "AutoencoderKL", True),
        ("KandinskyV22CombinedPipeline", "VQModel", False),
        ("QwenImagePipeline", "AutoencoderKLQwenImage", True),
        ("SanaPipeline", "AutoencoderDC", False),
        ("Flux2KleinPipeline", "AutoencoderKLFlux2", True),
    ],
)
def test_every_kind_reconstructs(
    name: str, kind: str, drawn: bool, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = tmp_path / name
    whole = checkpoint(name)
    part = "movq" if (whole / "movq").is_dir() else "vae"
    shutil.copytree(whole / part, folder / part)
    shutil.copy(whole / "model_index.json", folder)
    jobs = small_jobs(Task.RECONSTRUCT)
    together = forge(adaptor(Task.RECONSTRUCT, checkpoint=str(folder)), jobs)
    for job, one in zip(jobs, together, strict=True):
        (alone,) = forge(adaptor(Task.RECONSTRUCT, checkpoint=str(folder)), [job])
        assert apart(one, alone) <= 2
        assert one.image.shape == job.source.pixels.shape
        assert (one.parameters["autoencoder"], one.parameters["sampled"]) == (kind, drawn)
        assert one.applied is None


def test_a_mean_does_not_depend_on_the_seed(checkpoint: Checkpoint) -> None:
    folder = str(checkpoint("StableDiffusionPipeline"))
    (job, *_) = small_jobs(Task.RECONSTRUCT)

    def pictures(**options: Any) -> list[Any]:
        generator = adaptor(Task.RECONSTRUCT, checkpoint=folder, **options)
        return [forge(generator, [_reseeded(job, seed)])[0].image for seed in (1, 2)]

    assert np.array_equal(*pictures(sample=False))
    assert not np.array_equal(*pictures())


def _reseeded(job: Any, seed: int) -> Any:
    return replace(job, seed=seed)


def test_an_autoencoder_may_stand_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model: Any = AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
        latent_channels=4,
    )
    model.save_pretrained(tmp_path)
    forged = forge(
        adaptor(Task.RECONSTRUCT, checkpoint=str(tmp_path)), small_jobs(Task.RECONSTRUCT)
    )
    assert {one.parameters["autoencoder"] for one in forged} == {"AutoencoderTiny"}


def test_pixel_models_have_none(checkpoint: Checkpoint) -> None:
    generator = adaptor(Task.RECONSTRUCT, checkpoint=str(checkpoint("IFPipeline")))
    with pytest.raises(GeneratorError, match="has no autoencoder"):
        forge(generator, small_jobs(Task.RECONSTRUCT))
