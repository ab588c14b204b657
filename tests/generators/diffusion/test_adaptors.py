"""What adaptors record, refuse and leave alone."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from generators.diffusion.preset import Task
from schemas.errors import GeneratorError, MissingExtraError
from schemas.job import Rejection
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import adaptor, apart, forge, small_jobs
from tests.generators.diffusion.tiny_pipelines import save_checked

_SD = "StableDiffusionPipeline"


@pytest.fixture
def tiny(checkpoint: Checkpoint) -> str:
    return str(checkpoint(_SD))


def test_what_was_run_is_recorded(tiny: str) -> None:
    (job, *_) = small_jobs(Task.VARIATION)
    (forgery,) = forge(adaptor(Task.VARIATION, checkpoint=tiny, guidance=4.0, strength=0.3), [job])
    told = forgery.parameters
    assert told["checkpoint"] == _SD
    assert told["weights"].startswith("sha256:")
    assert told["pipeline"] == "StableDiffusionImg2ImgPipeline"
    assert (told["scheduler"], told["guidance"], told["strength"]) == ("DDIMScheduler", 4.0, 0.3)
    # Two steps would leave none of them at this strength.
    assert told["steps"] == 4
    assert (told["device"], told["dtype"], told["batch_size"]) == ("cpu", "float32", 4)
    assert (told["torch"], told["diffusers"]) == (torch.__version__, diffusers.__version__)
    assert not any(str(value).startswith("/") for value in told.values())


def test_seeds_and_prompts_matter(tiny: str) -> None:
    (job, *_) = small_jobs(Task.TEXT_TO_IMAGE)
    generator = adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny)
    jobs = [job, replace(job, seed=job.seed + 1), replace(job, prompt="zzz zzz zzz"), job]
    one, reseeded, reworded, again = forge(generator, jobs)
    assert apart(one, reseeded) > 2
    assert apart(one, reworded) > 0
    assert apart(one, again) <= 2


def test_global_random_states_are_left_alone(tiny: str) -> None:
    before = torch.random.get_rng_state()
    forge(adaptor(Task.INPAINT, checkpoint=tiny), small_jobs(Task.INPAINT))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_clipped_prompt_is_told_of(tiny: str) -> None:
    (job, *_) = small_jobs(Task.TEXT_TO_IMAGE)
    letters = 100
    job = replace(job, prompt="a" * letters)
    (forgery,) = forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny), [job])
    # Two of the 77 places are for the marks around a prompt.
    assert forgery.parameters["prompt_clipped"] == {"tokenizer": letters - 75}
    assert any("25 of its tokens" in note for note in forgery.notes)


@pytest.mark.parametrize(
    ("task", "change", "reason"),
    [
        (Task.TEXT_TO_IMAGE, {"prompt": " "}, "empty_prompt"),
        (Task.EDIT, {"prompt": ""}, "empty_prompt"),
        (Task.INPAINT, {"mask": None}, "empty_mask"),
        (Task.INPAINT, {"mask": np.ones((40, 60), np.bool_)}, "mask_too_large"),
    ],
)
def test_impossible_jobs_are_refused_and_others_are_not(
    task: Task, change: dict[str, Any], reason: str, tiny: str
) -> None:
    first, second, third = small_jobs(task)
    pipeline = "StableDiffusionImg2ImgPipeline" if task is Task.EDIT else None
    generator = adaptor(task, checkpoint=tiny, pipeline=pipeline)
    answers = list(generator.forge([first, replace(third, **change), second]))
    assert [answer.job_id for answer in answers] == [first.job_id, third.job_id, second.job_id]
    assert isinstance(answers[1], Rejection)
    assert answers[1].reason == reason
    assert not isinstance(answers[0], Rejection)


def test_words_are_not_needed_for_a_variation(tiny: str) -> None:
    (job, *_) = small_jobs(Task.VARIATION)
    assert forge(adaptor(Task.VARIATION, checkpoint=tiny), [replace(job, prompt=None)])


def test_text_to_image_takes_its_size_from_the_picture_or_the_options(tiny: str) -> None:
    (job, *_) = small_jobs(Task.TEXT_TO_IMAGE)
    height, width = job.source.pixels.shape[:2]
    bare = replace(job, picture=None)

    def size(job: Any, **options: Any) -> tuple[int, ...]:
        generator = adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny, **options)
        return forge(generator, [job])[0].image.shape[:2]

    assert size(job, size="source") == (height, width)
    assert size(bare) == size(bare, size="source") == (64, 64)
    assert size(job, size="72x100") == (104, 72)
    # The area of 64 by 64, in the picture's shape, up to multiples of 8 and the least side.
    assert size(job) == size(job, size="native") == (64, 80)


def test_what_a_checker_blacks_out_is_refused(tmp_path: Any) -> None:
    folder = save_checked(tmp_path / "checked")
    answers = list(
        adaptor(Task.VARIATION, checkpoint=str(folder)).forge(small_jobs(Task.VARIATION))
    )
    assert {answer.reason for answer in answers if isinstance(answer, Rejection)} == {
        "blocked_by_safety_checker"
    }
    assert len(answers) == 3


def _short_of_memory(
    monkeypatch: pytest.MonkeyPatch, most: int, error: Callable[[], Exception]
) -> list[int]:
    tried: list[int] = []
    call = diffusers.StableDiffusionPipeline.__call__

    @functools.wraps(call)  # the adaptors ask for its signature
    def limited(self: Any, prompt: Any = None, **named: Any) -> Any:
        tried.append(len(prompt))
        if len(prompt) > most:
            raise error()
        return call(self, prompt, **named)

    monkeypatch.setattr(diffusers.StableDiffusionPipeline, "__call__", limited)
    return tried


@pytest.mark.parametrize(
    "error",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory"),
        lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    ],
    ids=["gpu", "processor"],
)
def test_out_of_memory_halves_the_batch_and_never_the_picture(
    tiny: str, error: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    (job, *_) = small_jobs(Task.TEXT_TO_IMAGE)
    jobs = [replace(job, job_id=f"job-{seed}", seed=seed) for seed in range(10)]
    plain = forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny, batch_size=8), jobs)
    tried = _short_of_memory(monkeypatch, 2, error)
    short = forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny, batch_size=8), jobs)
    assert tried == [8, 4, 2, 2, 2, 2, 2]
    assert all(apart(one, other) <= 2 for one, other in zip(plain, short, strict=True))
    assert all("the batch was halved to 2" in " ".join(one.notes) for one in short)
    assert {one.parameters["batch_size"] for one in short} == {2}
    assert {one.parameters["batch_size"] for one in plain} == {8}


def test_a_single_picture_that_does_not_fit_is_an_error(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _short_of_memory(monkeypatch, 0, lambda: torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(MemoryError, match=r"single picture.*'offload'"):
        forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny), small_jobs(Task.TEXT_TO_IMAGE))


def test_other_errors_are_not_swallowed(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _short_of_memory(monkeypatch, 0, lambda: RuntimeError("a wire is loose"))
    with pytest.raises(RuntimeError, match="a wire is loose"):
        forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny), small_jobs(Task.TEXT_TO_IMAGE))


def test_a_scheduler_can_be_chosen(tiny: str) -> None:
    jobs = small_jobs(Task.TEXT_TO_IMAGE)
    usual = forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny), jobs)
    options = {"checkpoint": tiny, "scheduler": "EulerAncestralDiscreteScheduler"}
    other = forge(adaptor(Task.TEXT_TO_IMAGE, **options), jobs)
    alone = [forge(adaptor(Task.TEXT_TO_IMAGE, **options), [job])[0] for job in jobs]
    assert other[0].parameters["scheduler"] == "EulerAncestralDiscreteScheduler"
    assert apart(usual[0], other[0]) > 2
    assert all(apart(one, two) <= 2 for one, two in zip(other, alone, strict=True))
    with pytest.raises(GeneratorError, match="no scheduler 'SunDial'"):
        forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny, scheduler="SunDial"), jobs)


def test_without_torch_the_missing_extra_is_named(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[ml\]"):
        forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=tiny), small_jobs(Task.TEXT_TO_IMAGE))


def test_a_class_that_cannot_do_the_task_is_named(tiny: str) -> None:
    generator = adaptor(Task.INPAINT, checkpoint=tiny, pipeline="StableDiffusionPipeline")
    with pytest.raises(GeneratorError, match="takes no image and no mask_image"):
        forge(generator, small_jobs(Task.INPAINT))
    with pytest.raises(GeneratorError, match="no pipeline class for 'NoPipeline'"):
        forge(
            adaptor(Task.INPAINT, checkpoint=tiny, pipeline="NoPipeline"), small_jobs(Task.INPAINT)
        )
    with pytest.raises(GeneratorError, match="task 'edit'"):
        forge(adaptor(Task.EDIT, checkpoint=tiny), small_jobs(Task.EDIT))


@pytest.mark.parametrize(
    ("name", "heeds"), [(_SD, True), ("FluxPipeline", False), ("QwenImagePipeline", True)]
)
def test_a_negative_prompt_that_is_not_heeded_is_told_of(
    name: str, heeds: bool, checkpoint: Checkpoint
) -> None:
    preset = {_SD: "sd-1.5", "FluxPipeline": "flux.1-dev", "QwenImagePipeline": "qwen-image"}[name]
    options = {"preset": preset, "checkpoint": str(checkpoint(name)), "size": "64x64"}
    jobs = small_jobs(Task.TEXT_TO_IMAGE)[:1]
    (plain,) = forge(adaptor(Task.TEXT_TO_IMAGE, **options), jobs)
    (without,) = forge(adaptor(Task.TEXT_TO_IMAGE, negative_prompt="fog and rain", **options), jobs)
    assert any("does not heed" in note for note in without.notes) != heeds
    assert (apart(plain, without) > 0) == heeds
