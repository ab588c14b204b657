"""`counterfoil train`, as a user sees it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from flows.commands import train as command
from flows.commands.train import run_train
from schemas.errors import CounterfoilError, DatasetError, MissingExtraError, RecipeError
from tests.detector.training.conftest import tiny_recipe
from tests.detector.training.made_lessons import made_set


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    made_set(folder / "dataset")
    return folder


def written(path: Path, **changes: Any) -> Path:
    recipe = tiny_recipe(watching={"checkpoint_every": 100})
    path.write_text(yaml.safe_dump({**recipe.model_dump(mode="json"), **changes}))
    return path


def test_it_says_what_it_trains_on_goes_on_and_says_what_is_next(
    tmp_path: Path, lessons: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, out = written(tmp_path / "tiny.yaml"), tmp_path / "detector"
    run_train(recipe, str(lessons), out, 4)
    said = " ".join(capsys.readouterr().out.split())
    assert "on 24 rows of" in said
    assert "fake splice 4" in said
    assert "real natural 12" in said
    assert "measured on 8 rows of split validation" in said
    assert "weights learn" in said
    assert "Stopped after step 4 of 9" in said
    assert "To go on: counterfoil train" in said

    run_train(recipe, str(lessons), out, None)
    said = " ".join(capsys.readouterr().out.split())
    assert "Goes on after step 4." in said
    assert "Finished: 9 steps" in said
    assert "balanced accuracy on validation" in said
    assert f"counterfoil evaluate {lessons} --detector {out}" in said
    assert (out / "training" / "curve.png").exists()

    shutil.rmtree(out / "training" / "snapshots")
    run_train(recipe, str(lessons), out, None)
    said = " ".join(capsys.readouterr().out.split())
    assert "Finished: 9 steps" in said
    assert "weights learn" not in said


def test_what_is_wrong_is_said_before_anything_is_written(tmp_path: Path, lessons: Path) -> None:
    out = tmp_path / "detector"
    with pytest.raises(RecipeError, match="names no set"):
        run_train(written(tmp_path / "a.yaml"), None, out, None)
    with pytest.raises(DatasetError, match="holds no published set"):
        run_train(written(tmp_path / "a.yaml"), str(tmp_path), out, None)
    split = written(tmp_path / "b.yaml", data={"split": "learning"})
    with pytest.raises(DatasetError, match="no split 'learning'"):
        run_train(split, str(lessons), out, None)
    told = written(tmp_path / "c.yaml", watching={"trackers": ["paper"]})
    with pytest.raises(RecipeError, match="no tracker is called 'paper'"):
        run_train(told, str(lessons), out, None)
    assert not out.exists()


def test_a_checkpoint_that_is_not_on_this_machine_is_named(tmp_path: Path, lessons: Path) -> None:
    absent = str(tmp_path / "absent")
    own = {"eyes": {"clip": {"checkpoint": absent}, "dino": {"checkpoint": absent}}, "width": 8}
    recipe = written(tmp_path / "own.yaml", detector=own)
    with pytest.raises(CounterfoilError, match=r"absent[\s\S]*hf download[\s\S]*tiny\.yaml"):
        run_train(recipe, str(lessons), tmp_path / "detector", None)


def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[detector\]"):
        run_train(tmp_path / "a.yaml", None, None, None)
