"""What presets say, and what options make of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from generators.contract import Need, spec_of
from generators.diffusion import Inpaint, TextToImage
from generators.diffusion.edit import EditOptions
from generators.diffusion.inpaint import InpaintOptions
from generators.diffusion.preset import UNKNOWN, Task
from generators.diffusion.presets import PRESETS
from generators.diffusion.reconstruct import ReconstructOptions
from generators.diffusion.speeds import REPORTED, gpu_seconds, speeds_of
from generators.diffusion.text_to_image import TextToImageOptions
from generators.registry import create
from schemas.errors import GeneratorError


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_says_what_splits_and_cards_need(preset: Any) -> None:
    assert preset.family
    assert preset.licence
    assert preset.autoencoder
    assert preset.pipelines
    assert preset.released == UNKNOWN or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", preset.released)
    assert preset.steps is not None
    assert preset.guidance is not None
    assert (Task.RECONSTRUCT in preset.pipelines) == (preset.autoencoder != "none")
    for name in preset.pipelines.values():
        diffusers = pytest.importorskip("diffusers")
        assert not name or hasattr(diffusers, name)


def test_names_are_unique_and_all_tasks_are_offered_by_pocket() -> None:
    assert all(name == preset.name for name, preset in PRESETS.items())
    assert set(PRESETS["pocket"].pipelines) == set(Task)
    assert not PRESETS["pocket"].gpu


def test_a_spec_follows_its_preset() -> None:
    spec = spec_of(Inpaint(InpaintOptions(preset="flux.1-fill")))
    assert (spec.family, spec.model, spec.released) == ("flux.1", "flux.1-fill", "2024-11-21")
    assert spec.autoencoder == PRESETS["flux.1-dev"].autoencoder
    assert "Non-Commercial" in spec.terms
    assert Need.GPU in spec.needs
    assert dict(spec.gpu_seconds)["H100"] > 0
    assert spec.name == Inpaint.spec.name
    pocket = spec_of(TextToImage(TextToImageOptions()))
    assert (pocket.family, pocket.model) == ("pocket", "pocket")
    assert Need.GPU not in pocket.needs


def test_a_checkpoint_of_ones_own_borrows_settings_but_no_licence() -> None:
    options = TextToImageOptions(preset="sdxl", checkpoint="someone/finetune", steps=7)
    chosen = options.chosen
    assert (chosen.checkpoint, chosen.licence, chosen.released) == (
        "someone/finetune",
        UNKNOWN,
        UNKNOWN,
    )
    assert (chosen.family, chosen.steps, chosen.guidance) == ("stable-diffusion-xl", 7, 5.0)
    assert chosen.pipelines[Task.TEXT_TO_IMAGE] == "StableDiffusionXLPipeline"
    spec = spec_of(TextToImage(TextToImageOptions(checkpoint="someone/model", licence="MIT")))
    assert (spec.family, spec.model, spec.released) == ("diffusion", "someone/model", "")
    assert "MIT" in spec.terms


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("diffusion_text_to_image", {"preset": "sd-1.55"}, "Did you mean 'sd-1.5'"),
        ("diffusion_edit", {"preset": "sdxl"}, "offers no edit; these do: .*flux.1-kontext"),
        ("diffusion_reconstruct", {"preset": "deepfloyd-if"}, "offers no reconstruct"),
        ("diffusion_variation", {"strength": 0.0}, "strength"),
        ("diffusion_inpaint", {"size": "512"}, "size"),
        ("diffusion_text_to_image", {"released": "last summer"}, "released"),
    ],
)
def test_wrong_options_are_told_of(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(GeneratorError, match=told):
        create(name, options)


def test_options_survive_json() -> None:
    options = EditOptions(preset="flux.1-kontext", size="768x512", guidance=2.0)
    assert EditOptions.model_validate(options.model_dump(mode="json")) == options
    with pytest.raises(ValidationError):
        ReconstructOptions.model_validate({"steps": 3})


def test_speeds_are_reported_or_said_to_be_estimated() -> None:
    for preset in PRESETS.values():
        for speed in speeds_of(preset, PRESETS):
            assert speed.seconds > 0
            assert (preset.name in REPORTED) == ("estimated" not in speed.source)
    (turbo,) = speeds_of(PRESETS["sdxl-turbo"], PRESETS)
    assert turbo.seconds == pytest.approx(3.3 / 30 / 4, abs=0.01)
    assert dict(gpu_seconds(PRESETS["sdxl"], PRESETS)) == {"A100": 3.3}
    (halved,) = speeds_of(replace(PRESETS["sdxl"], steps=15), PRESETS)
    assert (halved.seconds, halved.source) == (1.65, "estimated from sdxl")
    assert gpu_seconds(PRESETS["pocket"], PRESETS) == ()
