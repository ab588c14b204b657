"""Checkpoints are found, loaded once, shared and put out again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import diffusers
import huggingface_hub
import pytest
from huggingface_hub import errors

from generators.diffusion import loading, locating, shelf
from generators.diffusion.options import CheckpointOptions
from generators.diffusion.preset import Task
from generators.diffusion.sampling import Sampler
from schemas.errors import GeneratorError
from tests.generators.diffusion.conftest import Checkpoint
from tests.generators.diffusion.small_jobs import ADAPTORS, adaptor, apart, forge, small_jobs

_SD = "StableDiffusionPipeline"


def _options(task: Task, checkpoint: Path, **others: Any) -> Any:
    options: CheckpointOptions = ADAPTORS[task][0].Options(checkpoint=str(checkpoint), **others)
    return options


def test_tasks_share_the_weights_of_a_checkpoint(checkpoint: Checkpoint) -> None:
    folder = checkpoint(_SD)
    tasks = (Task.TEXT_TO_IMAGE, Task.VARIATION, Task.INPAINT)
    pipelines = [Sampler(_options(task, folder)).pipeline for task in tasks]
    assert len({id(pipeline.unet) for pipeline in pipelines}) == 1
    assert len({id(pipeline.vae) for pipeline in pipelines}) == 1
    # Schedulers keep the state of a run.
    assert len({id(pipeline.scheduler) for pipeline in pipelines}) == 3
    again = Sampler(_options(Task.VARIATION, folder)).pipeline
    assert again is pipelines[1]
    other = Sampler(_options(Task.VARIATION, folder, dtype="bfloat16")).pipeline
    assert other.unet is not pipelines[0].unet


def test_two_checkpoints_are_kept_and_the_oldest_is_put_out(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SHELF", shelf.Shelf())
    names = (_SD, "StableDiffusionXLPipeline", "PixArtAlphaPipeline")
    first, second, _ = (
        Sampler(_options(Task.TEXT_TO_IMAGE, checkpoint(name))).pipeline for name in names
    )
    assert Sampler(_options(Task.TEXT_TO_IMAGE, checkpoint(names[1]))).pipeline is second
    assert Sampler(_options(Task.TEXT_TO_IMAGE, checkpoint(names[0]))).pipeline is not first


def test_the_weights_of_a_folder_are_told_apart(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(checkpoint(_SD), folder)
    before = locating.locate(str(folder), None).content
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    locating.locate.cache_clear()
    after = locating.locate(str(folder), None)
    assert after.content != before
    assert (after.pipeline, after.autoencoder, after.commit) == (_SD, "vae", None)


def test_what_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"neither model_index.json nor config.json"):
        locating.locate(str(tmp_path), None)
    with pytest.raises(GeneratorError, match="There is no folder"):
        locating.locate(str(tmp_path / "gone"), None)
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": _SD}))
    with pytest.raises(GeneratorError, match="could not be loaded"):
        forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=str(tmp_path)), small_jobs(Task.TEXT_TO_IMAGE))


def _refusal(kind: type[Exception]) -> Exception:
    if issubclass(kind, errors.HfHubHTTPError):
        return kind("refused", response=mock.MagicMock())
    return kind("refused")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (errors.GatedRepoError, "accept its licence at https://huggingface.co/a/b.*hf auth login"),
        (errors.RepositoryNotFoundError, "is not on the hub"),
        (errors.RevisionNotFoundError, "no such revision"),
        (errors.LocalEntryNotFoundError, r"hf download a/b.*option 'checkpoint'"),
        (errors.OfflineModeIsEnabled, r"hf download a/b"),
        (errors.HFValidationError, "neither a folder nor a name"),
        (ConnectionError, "Without the hub"),
    ],
)
def test_what_to_do_about_the_hub_is_told(
    kind: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise _refusal(kind)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    locating.locate.cache_clear()
    generator = adaptor(Task.TEXT_TO_IMAGE, checkpoint="a/b", revision="v1")
    with pytest.raises(GeneratorError, match=told):
        forge(generator, small_jobs(Task.TEXT_TO_IMAGE))
    assert forge(generator, []) == []


def test_a_commit_of_the_hub_is_recorded_and_pinned(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "models--a--b" / "snapshots" / commit
    shutil.copytree(checkpoint(_SD), snapshot)
    fetched = []

    def download(name: str, file: str, *, revision: str | None) -> str:
        fetched.append((name, file, revision))
        return str(snapshot / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    locating.locate.cache_clear()
    found = locating.locate("a/b", "main")
    assert fetched == [("a/b", "model_index.json", "main")]
    assert (found.place, found.commit, found.content) == ("a/b", commit, f"commit:{commit}")
    assert found.pipeline == _SD
    locating.locate.cache_clear()


def test_compiling_and_offloading_are_asked_for(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from diffusers import DiffusionPipeline

    asked: list[str] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self: asked.append(type(self).__name__))
    for kind in ("model", "sequential"):
        monkeypatch.setattr(
            DiffusionPipeline,
            f"enable_{kind}_cpu_offload",
            lambda self, device, kind=kind: asked.append(f"{kind} to {device}"),
        )
    folder = checkpoint(_SD)
    for offload in ("model", "sequential"):
        Sampler(_options(Task.TEXT_TO_IMAGE, folder, compile=True, offload=offload))
    assert asked == [
        "model to cpu",
        "UNet2DConditionModel",
        "sequential to cpu",
        "UNet2DConditionModel",
    ]


def test_a_decoder_and_its_prior_may_be_two_checkpoints(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    whole = checkpoint("KandinskyV22CombinedPipeline")
    pipeline: Any = diffusers.KandinskyV22CombinedPipeline.from_pretrained(whole)
    pipeline.decoder_pipe.save_pretrained(tmp_path / "decoder")
    pipeline.prior_pipe.save_pretrained(tmp_path / "prior")
    preset = {"preset": "kandinsky-2.2", "size": "source"}
    jobs = small_jobs(Task.TEXT_TO_IMAGE)[:1]
    (one,) = forge(adaptor(Task.TEXT_TO_IMAGE, checkpoint=str(whole), **preset), jobs)
    apiece = preset | {
        "checkpoint": str(tmp_path / "decoder"),
        "prior": str(tmp_path / "prior"),
    }
    (two,) = forge(adaptor(Task.TEXT_TO_IMAGE, **apiece), jobs)
    assert apart(one, two) == 0
    assert "prior_weights" not in one.parameters
    assert two.parameters["prior_weights"].startswith("sha256:")
    assert two.parameters["prior_weights"] != two.parameters["weights"]


def test_second_checkpoints_can_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(locating, "locate", lambda *named: asked.append(named))
    locating.locate_second("someone/prior@v2")
    locating.locate_second("someone/prior")
    assert asked == [("someone/prior", "v2"), ("someone/prior", None)]


def test_the_scheduler_of_one_task_is_not_that_of_another(checkpoint: Checkpoint) -> None:
    folder = checkpoint("StableDiffusionImg2ImgPipeline")
    euler = Sampler(_options(Task.TEXT_TO_IMAGE, folder, scheduler="EulerDiscreteScheduler"))
    usual = Sampler(_options(Task.VARIATION, folder))
    assert type(euler.pipeline.scheduler).__name__ == "EulerDiscreteScheduler"
    assert type(usual.pipeline.scheduler).__name__ == "DDIMScheduler"
    assert usual.pipeline.unet is euler.pipeline.unet
