"""Every pipeline class that a preset names draws by that preset, alone and in batches."""

from __future__ import annotations

import pytest

from generators.diffusion.preset import Preset, Task
from generators.diffusion.presets import PRESETS
from schemas.identity import canonical_json
from schemas.vocabulary import Scope
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import adaptor, apart, forge, small_jobs
from tests.generators.diffusion.tiny_pipelines import BUILDERS

_UNBUILDABLE = ("QwenImageEditPipeline", "QwenImageEditPlusPipeline")


def _uses() -> dict[tuple[str, Task], Preset]:
    """The classes that presets name and their task, each with the first preset that does."""
    found: dict[tuple[str, Task], Preset] = {}
    for preset in PRESETS.values():
        for task, name in preset.pipelines.items():
            if preset.name != "pocket" and name and name not in _UNBUILDABLE:
                found.setdefault((name, task), preset)
    return found


def test_every_class_of_a_preset_is_built() -> None:
    upscalers = {preset.upscaler[1] for preset in PRESETS.values() if preset.upscaler}
    assert {name for name, _ in _uses()} | upscalers <= BUILDERS.keys()


@pytest.mark.parametrize(
    ("name", "task", "preset"),
    [
        pytest.param(name, task, preset, id=f"{name}-{task.name.lower()}")
        for (name, task), preset in _uses().items()
    ],
)
def test_a_family_draws_by_its_preset(
    name: str, task: Task, preset: Preset, checkpoint: Checkpoint
) -> None:
    options: dict[str, object] = {
        "preset": preset.name,
        "checkpoint": str(checkpoint(name)),
        "size": "source",
    }
    if preset.upscaler is not None:
        options["upscaler"] = str(checkpoint(preset.upscaler[1]))
    jobs = small_jobs(task)
    together = forge(adaptor(task, **options), jobs)
    alone = [forge(adaptor(task, **options), [job])[0] for job in jobs]
    for job, one, other in zip(jobs, together, alone, strict=True):
        assert one.job_id == job.job_id
        assert one.image.shape == job.source.pixels.shape
        assert apart(one, other) <= 2
        assert (one.parameters, one.notes) == (other.parameters, other.notes)
        assert canonical_json(dict(one.parameters))
        assert one.parameters["pipeline"] == name
        assert one.parameters["preset"] == preset.name
        assert any("cut to" in note or "cropped afterwards" in note for note in one.notes)
    scope = Scope.REGENERATED if task in (Task.INPAINT, Task.EDIT) else Scope.FULL
    assert {one.scope for one in together} == {scope}
    assert all((one.applied is not None) == (task is Task.INPAINT) for one in together)
    assert together[0].image.std() > 0


def test_a_picture_that_is_not_square_is_not_turned(checkpoint: Checkpoint) -> None:
    folder = checkpoint("KandinskyV22Img2ImgCombinedPipeline")
    generator = adaptor(Task.VARIATION, checkpoint=str(folder))
    (job, *_) = small_jobs(Task.VARIATION, 180)
    (forgery,) = forge(generator, [job])
    assert forgery.image.shape == job.source.pixels.shape
    assert forgery.parameters["size"] == [192, 128]
