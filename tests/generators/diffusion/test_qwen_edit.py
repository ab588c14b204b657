"""Qwen-Image's editor, whose own processor wants torchvision: all of it but that."""

from __future__ import annotations

from typing import Any

import diffusers
import pytest
import torch

from generators.diffusion import sampling
from generators.diffusion.calling import most_at_once
from generators.diffusion.choosing import accepted, pipeline_class
from generators.diffusion.preset import Task
from generators.diffusion.presets import PRESETS
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import adaptor, apart, forge, small_jobs
from tests.generators.diffusion.tiny_pipelines import BUILDERS

_IMAGE = 259
_SIDE = 4


class _Words(dict[str, Any]):
    """What a processor gives back."""

    __getattr__ = dict.__getitem__

    def to(self, device: object) -> _Words:
        return self


def _process(text: list[str], images: Any, **_: object) -> _Words:
    """Every text as bytes behind the patches of its picture, which are grey."""
    seen = [_IMAGE] * (_SIDE * _SIDE // 4)
    tokens = [seen + [byte % 250 for byte in words.encode()][:90] for words in text]
    longest = max(map(len, tokens))
    return _Words(
        input_ids=torch.tensor([t + [0] * (longest - len(t)) for t in tokens]),
        attention_mask=torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in tokens]),
        pixel_values=torch.zeros(len(text) * _SIDE * _SIDE, 3 * 2 * 14 * 14),
        image_grid_thw=torch.tensor([[1, _SIDE, _SIDE]] * len(text)),
        mm_token_type_ids=torch.tensor(
            [[1] * len(seen) + [0] * (longest - len(seen)) for _ in tokens]
        ),
    )


def test_the_edit_presets_are_kept_and_fit_their_classes() -> None:
    for name in ("qwen-image-edit", "qwen-image-edit-2509"):
        preset = PRESETS[name]
        cls = pipeline_class(preset.pipelines[Task.EDIT], Task.EDIT, given=True)
        assert {"image", "prompt", "height", "width", "generator"} <= accepted(cls)
        assert preset.guidance_name in accepted(cls)
        assert pipeline_class(cls.__name__, Task.EDIT, given=False) is cls
    assert most_at_once(diffusers.QwenImageEditPlusPipeline, Task.EDIT, 4) == 1


def test_the_editor_draws(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline: Any = diffusers.QwenImageEditPipeline(
        **BUILDERS["QwenImagePipeline"](), processor=None
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.processor = _process
    # It scales what it reads to a million pixels, and leaves out what a real template begins with.
    monkeypatch.setattr(
        diffusers.pipelines.qwenimage.pipeline_qwenimage_edit,
        "calculate_dimensions",
        lambda area, ratio: (64, 64, None),
    )
    pipeline.prompt_template_encode_start_idx = 4
    monkeypatch.setattr(sampling, "load_pipeline", lambda *_: pipeline)
    options = {
        "preset": "qwen-image-edit",
        "checkpoint": str(checkpoint("QwenImagePipeline")),
        "size": "source",
    }
    jobs = small_jobs(Task.EDIT)
    together = forge(adaptor(Task.EDIT, **options), jobs)
    for job, one in zip(jobs, together, strict=True):
        (alone,) = forge(adaptor(Task.EDIT, **options), [job])
        assert apart(one, alone) <= 2
        assert one.image.shape == job.source.pixels.shape
        assert one.parameters["negative_prompt"] == " "
        assert one.parameters["pipeline"] == "QwenImageEditPipeline"
