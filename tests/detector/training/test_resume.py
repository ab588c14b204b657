"""A training that is killed goes on as if nothing had been."""

from __future__ import annotations

import gc
import json
import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from detector.training.loop import train
from detector.training.material import gather
from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError
from storage.published import PublishedSet
from tests.detector.training.conftest import Recipes


def killed_at(step: int, recipe: TrainingRecipe, lessons: PublishedSet, out: Path) -> None:
    """Train in another process, which is killed after a step."""
    written = out.parent / f"{out.name}.json"
    written.write_text(recipe.model_dump_json())
    module = "tests.detector.training.one_training"
    call = [sys.executable, "-m", module, str(written), str(lessons.folder), str(out), str(step)]
    log = out.parent / f"{out.name}.log"
    # A file: for the end of a pipe one would wait until the readers of the killed are gone, too.
    with log.open("wb") as said:
        ended = subprocess.run(call, check=False, stdout=said, stderr=said)
    assert ended.returncode == -signal.SIGKILL, log.read_text()


def assert_alike(one: Path, other: Path) -> None:
    """Both trainings have one curve, byte by byte, and one detector, bit by bit."""
    curves = [folder / "training" / "curve.jsonl" for folder in (one, other)]
    assert curves[0].read_bytes() == curves[1].read_bytes()
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_killed_in_mid_epoch_it_goes_on_to_the_bit(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    # Three steps an epoch: the snapshot of step 4 and the kill at 7 both lie within one; the curve
    # has a point at 6 that the snapshot does not know of, dropout draws at every step.
    wanted = recipe(
        language=True, data={"balance": "operation"}, watching={"validation_pictures": 4}
    )
    material = gather(wanted, lessons)
    whole = train(wanted, material, tmp_path / "whole")
    killed_at(7, wanted, lessons, tmp_path / "killed")
    cut_off = (tmp_path / "killed" / "training" / "curve.jsonl").read_text().splitlines()
    assert json.loads(cut_off[-1])["step"] == 6
    assert not (tmp_path / "killed" / "training" / "finished.json").exists()

    again = train(wanted, material, tmp_path / "killed")

    assert (again.step, again.loss, again.figures) == (whole.step, whole.loss, whole.figures)
    assert_alike(tmp_path / "whole", tmp_path / "killed")
    curve = (tmp_path / "killed" / "training" / "curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in curve] == [2, 4, 6, 6, 8, 9, 9]


def test_killed_while_processes_read_ahead_it_goes_on_to_the_bit(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    # The readers have batches ready that the killed training never took, and die with it.
    alone = recipe(data={"balance": "operation", "validation_split": None})
    wanted = alone.model_copy(update={"workers": 2})
    train(alone, gather(alone, lessons), tmp_path / "whole")
    killed_at(5, wanted, lessons, tmp_path / "killed")
    assert train(wanted, gather(wanted, lessons), tmp_path / "killed").finished
    assert_alike(tmp_path / "whole", tmp_path / "killed")


def test_no_reading_process_outlives_its_training(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(data={"validation_split": None}).model_copy(update={"workers": 2})
    material = gather(wanted, lessons)
    gc.disable()  # What collects them by chance must not hide that they were left.
    try:
        train(wanted, material, tmp_path, most=2)
        assert multiprocessing.active_children() == []
    finally:
        gc.enable()


def test_a_stop_between_two_points_of_the_curve_is_not_seen_in_it(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(data={"validation_split": None})
    material = gather(wanted, lessons)
    train(wanted, material, tmp_path / "whole")
    stopped = train(wanted, material, tmp_path / "stopped", most=5)
    assert (stopped.step, stopped.finished) == (5, False)
    assert (tmp_path / "stopped" / "model.safetensors").exists()
    assert train(wanted, material, tmp_path / "stopped").finished
    curves = [tmp_path / name / "training" / "curve.jsonl" for name in ("whole", "stopped")]
    assert curves[0].read_bytes() == curves[1].read_bytes()


def test_dropout_goes_on_though_accelerate_cannot_read_its_random_states(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(data={"validation_split": None})
    material = gather(wanted, lessons)
    train(wanted, material, tmp_path / "whole")
    train(wanted, material, tmp_path / "stopped", most=4)
    (states,) = (tmp_path / "stopped").rglob("random_states_0.pkl")
    states.write_bytes(b"unreadable")
    train(wanted, material, tmp_path / "stopped")
    curves = [tmp_path / name / "training" / "curve.jsonl" for name in ("whole", "stopped")]
    assert curves[0].read_bytes() == curves[1].read_bytes()


def test_a_broken_snapshot_is_passed_over(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(data={"validation_split": None})
    material = gather(wanted, lessons)
    train(wanted, material, tmp_path, most=4)
    begun = tmp_path / "training" / "snapshots" / "step-00000008.partial"
    begun.mkdir()
    (begun / "optimizer.bin").write_bytes(b"half of it")
    assert train(wanted, material, tmp_path, most=1).step == 5
    assert not begun.exists()


def test_only_the_last_snapshots_are_kept(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(watching={"checkpoint_every": 2, "keep": 2}, data={"validation_split": None})
    train(wanted, gather(wanted, lessons), tmp_path)
    kept = sorted(path.name for path in (tmp_path / "training" / "snapshots").iterdir())
    assert kept == ["step-00000008", "step-00000009"]


def test_a_finished_training_is_not_begun_again(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe()
    material = gather(wanted, lessons)
    ended = train(wanted, material, tmp_path)
    written = (tmp_path / "model.safetensors").stat().st_mtime_ns
    assert train(wanted, material, tmp_path) == ended
    assert (tmp_path / "model.safetensors").stat().st_mtime_ns == written


def test_a_changed_recipe_is_refused_with_what_changed(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe()
    train(wanted, gather(wanted, lessons), tmp_path, most=1)
    changed = recipe(optimisation={"learning_rate": 0.5})
    with pytest.raises(RecipeError, match=r"learning_rate: 0.003 before, 0.5 now[\s\S]*--out"):
        train(changed, gather(changed, lessons), tmp_path)
    allowed = wanted.model_copy(update={"workers": 1})
    assert train(allowed, gather(allowed, lessons), tmp_path, most=1).step == 2
