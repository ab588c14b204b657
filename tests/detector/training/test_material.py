"""What goes into a training: rows, lessons, weights; and what is written of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from detector.data.batches import plan
from detector.data.order import Lanes
from detector.model.inputs import join
from detector.training.augmenting import augmented
from detector.training.configuring import configured
from detector.training.curve import Lines
from detector.training.drawing import draw
from detector.training.examples import Lesson, Question, asked_together
from detector.training.loop import train
from detector.training.material import gather, weights_of
from detector.training.measuring import Answered, figures
from detector.training.parameters import groups, weights_in
from detector.training.recipe import Augmentation, TrainingRecipe
from schemas.errors import DatasetError, RecipeError
from storage.published import PublishedSet
from tests.detector.training.conftest import Recipes
from tests.detector.training.made_lessons import made_set


def test_what_is_trained_on_is_counted(lessons: PublishedSet, recipe: Recipes) -> None:
    material = gather(recipe(language=True), lessons)
    assert material.composition() == Counter(
        {
            ("real", "natural"): 12,
            ("fake", "splice"): 4,
            ("fake", "copy_move"): 4,
            ("fake", "inpaint_remove"): 4,
        }
    )
    assert material.validation is not None
    assert len(material.validation) == 8
    assert (material.unsaid, material.shortened, material.left_out) == (0, 0, 0)
    assert material.config.language is not None
    assert material.dialogue is not None
    assert material.config.language.real == material.dialogue.verdict.real
    assert material.config.language.vocabulary == material.dialogue.tokenizer.get_vocab_size()


def test_rows_without_reasoning_are_counted_and_taught_their_conclusion(
    tmp_path: Path, recipe: Recipes
) -> None:
    silent = made_set(tmp_path, train=6, validation=0, reasoning=False)
    material = gather(recipe(language=True), silent)
    assert (material.unsaid, material.validation) == (6, None)


def test_a_text_too_long_is_shortened_or_left_out_and_counted(
    lessons: PublishedSet, recipe: Recipes
) -> None:
    whole = gather(recipe(language=True), lessons)
    assert whole.dialogue is not None
    asked = len(whole.dialogue.question(16))
    tight = gather(recipe(language=True, text={"length": asked + whole.longest - 20}), lessons)
    assert tight.shortened == 24
    assert tight.left_out == 0
    with pytest.raises(DatasetError, match=r"text\.length"):
        gather(recipe(language=True, text={"length": 64}), lessons)


def test_a_split_that_is_not_there_is_named_with_those_that_are(
    lessons: PublishedSet, recipe: Recipes
) -> None:
    with pytest.raises(DatasetError, match="no split 'training'; it has train, validation"):
        gather(recipe(data={"split": "training"}), lessons)


def test_authentic_pictures_get_their_share_where_operations_are_balanced(
    lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted: TrainingRecipe = recipe(data={"real_share": 0.4})
    rows = gather(wanted, lessons).rows
    weights = weights_of(wanted, rows)
    assert weights == pytest.approx(
        {"real": 0.4, "splice": 0.2, "copy_move": 0.2, "inpaint_remove": 0.2}
    )
    assert weights_of(recipe(data={"balance": "domain"}), rows) is None


@pytest.mark.parametrize(("label", "only"), [(0, "authentic"), (1, "forged")])
def test_a_verdict_is_not_learnt_from_one_label(
    tmp_path: Path, recipe: Recipes, label: int, only: str
) -> None:
    alike = made_set(tmp_path, train=6, validation=0, label=label)
    with pytest.raises(DatasetError, match=f"all 6 rows of split 'train' are {only}: a verdict"):
        gather(recipe(), alike)


def test_masks_are_learnt_from_forgeries_alone(tmp_path: Path, recipe: Recipes) -> None:
    forged = made_set(tmp_path, train=8, validation=4, label=1)
    wanted = recipe(optimisation={"epochs": 1})
    detector = configured(wanted).model_copy(update={"probability_head": False})
    wanted = wanted.model_copy(update={"detector": detector})
    material = gather(wanted, forged)
    assert weights_of(wanted, material.rows) is None
    outcome = train(wanted, material, tmp_path / "out")
    assert outcome.finished
    assert (outcome.figures["balanced_accuracy"], outcome.figures["no_verdict"]) == (None, None)
    assert outcome.figures["mask_iou"] is not None


def test_forgeries_without_masks_teach_their_verdict_and_are_counted(
    tmp_path: Path, lessons: PublishedSet, recipe: Recipes
) -> None:
    wanted = recipe(optimisation={"epochs": 1})
    assert gather(wanted, lessons).unmasked == 0
    material = gather(wanted, made_set(tmp_path, train=8, validation=4, masks=False))
    assert material.unmasked == 4
    outcome = train(wanted, material, tmp_path / "out")
    assert outcome.finished
    assert outcome.figures["mask_iou"] is None


def test_a_limit_draws_evenly(lessons: PublishedSet, recipe: Recipes) -> None:
    counts = gather(recipe(data={"limit": 6}), lessons).composition()
    assert sorted(counts.values()) == [1, 1, 1, 3]


def test_the_masks_move_with_the_pictures() -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    mask = np.zeros((40, 60), bool)
    mask[10:20, 30:50] = True
    pixels[mask] = 255
    settings = Augmentation(probability=1, operations={"resize": (0.5, 2.0)})
    sizes = set()
    for seed in range(20):
        changed, moved = augmented(pixels, mask, settings, np.random.default_rng(seed))
        assert moved is not None
        assert moved.shape == changed.shape[:2]
        assert (moved == (changed[..., 0] > 127)).mean() > 0.97
        sizes.add(changed.shape[0])
    assert min(sizes) < 30
    assert max(sizes) > 50


def test_as_many_pictures_change_as_were_asked() -> None:
    pixels = np.full((16, 16, 3), 90, np.uint8)
    settings = Augmentation(probability=0.3, operations={"brightness": (0.5, 0.6)})
    rng = np.random.default_rng(0)
    changed = [augmented(pixels, None, settings, rng)[0][0, 0, 0] != 90 for _ in range(1000)]
    assert np.mean(changed) == pytest.approx(0.3, abs=0.05)


def test_every_operation_has_levels_it_can_bear() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    for name, levels in Augmentation().operations.items():
        settings = Augmentation(probability=1, operations={name: levels})
        for seed in range(8):
            changed, _ = augmented(pixels, None, settings, np.random.default_rng(seed))
            assert changed.dtype == np.uint8


def test_a_lesson_is_the_same_from_the_same_draw(lessons: PublishedSet, recipe: Recipes) -> None:
    material = gather(recipe(language=True), lessons)
    teach = Lesson(material.config, material.dialogue, "mask_applied", Augmentation())
    batches = plan(material.rows, teach, join, seed=1, lanes=Lanes(4))
    first, again = (next(batches.read(0, 0)) for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert set(first) >= {"pixels", "label", "mask", "mask_known", "input_ids", "text_labels"}


def test_a_question_holds_no_answer(lessons: PublishedSet, recipe: Recipes) -> None:
    material = gather(recipe(language=True), lessons)
    ask = Question(material.config, material.dialogue, "mask_applied")
    batches = plan(material.rows, ask, asked_together, seed=1, lanes=Lanes(4))
    batch, truths = next(batches.read(0, 0))
    assert not {"label", "mask", "text_labels"} & set(batch)
    assert all((one.mask is not None) == one.fake and one.answer for one in truths)


def test_matrices_decay_and_nothing_else() -> None:
    network = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    network[3].requires_grad_(False)
    others, decaying = groups(network, 0.1)
    assert [tuple(one.shape) for one in decaying["params"]] == [(3, 4)]
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert sum(one.numel() for one in others["params"]) == 5 * 4 + 3 + 3 + 3
    counted = weights_in(network)
    assert (counted.learning, counted.frozen) == (12 + 20 + 9, 8)


def test_factors_speed_weights_by_how_their_names_begin() -> None:
    network = nn.ModuleDict({"eyes": nn.Linear(2, 2), "language": nn.Linear(2, 2, bias=False)})
    found = groups(network, 0.0, 1e-3, {"eyes": 0.5, "eyes.bias": 2.0})
    rates = {len(group["params"][0].shape): group["lr"] for group in found[:2]}
    assert rates == {2: 5e-4, 1: 2e-3}
    assert found[2]["lr"] == 1e-3
    with pytest.raises(RecipeError, match="begins with 'ears'; the detector's parts are eyes, lan"):
        groups(network, 0.0, 1e-3, {"ears": 2.0})


def test_the_curve_is_cut_where_a_snapshot_stands(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "curve.jsonl")
    for step in range(1, 6):
        lines.add({"step": step, "loss": 1 / step})
    with lines.path.open("a") as file:
        file.write('{"step": 6, "lo')
    lines.cut(3)
    assert list(lines.read()) == [{"step": step, "loss": 1 / step} for step in (1, 2, 3)]


def test_no_verdict_is_a_wrong_one() -> None:
    right = Answered(True, 0.9, 0.5, None, None)
    found = figures([right, dataclasses.replace(right, fake=False, probability=None, iou=None)])
    assert found == {"balanced_accuracy": 0.5, "auc": 0.0, "mask_iou": 0.5, "no_verdict": 0.5}


def test_a_curve_of_one_point_is_drawn(tmp_path: Path) -> None:
    draw([], [], tmp_path)
    assert not (tmp_path / "curve.png").exists()
    point = {"step": 1, "loss": 0.0, "losses": {"label": 0.0}, "learning_rate": 0.0}
    look = {"step": 1, "validation": {"auc": None, "balanced_accuracy": 0.5}}
    draw([point, look], [{"step": 1, "waiting": 0.5}], tmp_path)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
