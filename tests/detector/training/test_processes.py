"""Two processes learn what one does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from detector.training.loop import train
from detector.training.material import gather
from detector.training.recipe import TrainingRecipe
from storage.published import PublishedSet
from tests.detector.training.conftest import Recipes


def trained_by_two(recipe: TrainingRecipe, lessons: PublishedSet, out: Path) -> None:
    """Train in two processes that exchange gradients by gloo, as `accelerate launch` has it."""
    written = out.parent / f"{out.name}.json"
    written.write_text(recipe.model_dump_json())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    module = "tests.detector.training.one_training"
    call = [sys.executable, "-m", module, str(written), str(lessons.folder), str(out)]
    world = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    world |= {"ACCELERATE_USE_CPU": "true"}
    started = [
        subprocess.Popen(
            call,
            env={**os.environ, **world, "RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE,
        )
        for rank in ("0", "1")
    ]
    for process in started:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said.decode()


def curve(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "training" / "curve.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_gradients_are_accumulated_as_if_the_batch_were_whole(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    moved = {"learning_rate": 1e-4, "epochs": 1}
    whole = recipe(dropout=0.0, optimisation={"per_device": 8, **moved})
    parts = recipe(dropout=0.0, optimisation={"per_device": 2, **moved})
    for wanted, name in ((whole, "whole"), (parts, "parts")):
        train(wanted, gather(wanted, lessons), tmp_path / name)
    first, second = (
        load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts")
    )
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-5


def test_two_processes_learn_what_one_does(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    # Means over pictures are means of means where all batches are as large; a text's are not, so
    # this detector has none. Dropout would draw differently in two processes.
    one = recipe(dropout=0.0, optimisation={"per_device": 8, "learning_rate": 2e-5})
    two = recipe(dropout=0.0, optimisation={"per_device": 4, "learning_rate": 2e-5})
    train(one, gather(one, lessons), tmp_path / "one")
    trained_by_two(two, lessons, tmp_path / "two")

    first, second = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert first.keys() == second.keys()
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-5
    for here, there in zip(curve(tmp_path / "one"), curve(tmp_path / "two"), strict=True):
        assert here["step"] == there["step"]
        if "loss" in here:
            assert here["loss"] == pytest.approx(there["loss"], abs=1e-5)
            assert here["gradient"] == pytest.approx(there["gradient"], rel=1e-3)
        else:
            assert here["validation"] == pytest.approx(there["validation"], abs=1e-6)
    snapshot = tmp_path / "two" / "training" / "snapshots" / "step-00000009"
    assert {path.name for path in snapshot.iterdir()} >= {
        "random_states_0.pkl",
        "random_states_1.pkl",
        "state.json",
    }
