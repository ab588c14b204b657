"""Training recipes: those that come along, the defaults, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.model.config import LoraConfig
from detector.training.configuring import configured, form_of
from detector.training.dealing import deal
from detector.training.reading import parse_training, read_training
from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError

RECIPES = Path(__file__).resolve().parents[3] / "recipes" / "train"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_recipes_that_come_along_can_be_read(path: Path) -> None:
    recipe = read_training(path)
    assert recipe.name == path.stem == recipe.detector
    assert (configured(recipe).language is None) == (recipe.name in ("heads", "tiny_heads"))


def test_the_defaults_are_the_papers() -> None:
    recipe = parse_training("name: plain\n", "plain.yaml")
    moved = recipe.optimisation
    assert (moved.learning_rate, moved.warm_up, moved.epochs, moved.batch) == (2e-5, 0.03, 3, 128)
    assert (moved.schedule, moved.precision, moved.weight_decay) == ("cosine", "bf16", 0)
    config = configured(recipe)
    assert config.language is not None
    assert config.language.adaptation == LoraConfig(rank=128, alpha=256, dropout=0.05)
    assert form_of(recipe) == "reasoning"
    assert form_of(TrainingRecipe(name="u", detector="unified")) == "verdict"


def test_the_tower_of_the_unified_detector_learns_with_all_of_it_or_not_at_all() -> None:
    plain = configured(TrainingRecipe(name="u", detector="unified"))
    low_rank = LoraConfig(rank=128, alpha=16)
    tuned = configured(TrainingRecipe(name="u", detector="unified", adaptation=low_rank))
    assert tuned.language is not None
    assert tuned.language.adaptation == low_rank
    assert (plain.train_encoders, tuned.train_encoders) == (True, False)
    # A detector that is written out keeps what it says.
    own = configured(TrainingRecipe(name="u", detector=plain, adaptation=low_rank))
    assert own.train_encoders


def test_a_detector_of_ones_own_needs_no_token_ids() -> None:
    text = """
name: own
adaptation: frozen
detector:
  eyes:
    clip: {checkpoint: a}
    dino: {checkpoint: b}
  language:
    model: {checkpoint: c}
  mask_head: false
  localiser: {checkpoint: d}
"""
    config = configured(parse_training(text, "own.yaml"))
    assert config.language is not None
    assert config.language.adaptation == "frozen"
    assert config.language.segmentation_token is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: X\n", "f:1: name: use lower-case"),
        ("name: x\noptimisation:\n  learningrate: 3\n", "f:3: .*did you mean 'learning_rate'"),
        ("name: x\ndetector: tinny\n", "f:2: detector: input should be 'fakereasoning'"),
        ("name: x\ndetector:\n  eyes: internvl\n  wdth: 3\n", "f:4: .*did you mean 'width'"),
        ("name: x\naugmentation:\n  operations: {jpg: [1, 2]}\n", "f:3: .*no perturbation 'jpg'"),
        ("name: x\naugmentation:\n  operations: {jpeg: [9, 2]}\n", "f:3: .*least level comes"),
        ("name: x\noptimisation: {batch: 10, per_device: 3}\n", "not made of whole 3"),
        ("name: x\nadaptation: {rank: 0}\n", "f:2: adaptation.rank: .*greater than or equal to 1"),
        ("name: x\nname: y\n", "f:2: 'name' stands here a second time"),
        ("name: x\nsources: []\n", "counterfoil build f"),
        ("- x\n", "a training recipe is a mapping"),
        ("name: [\n", "f:2: this is not valid YAML"),
    ],
)
def test_a_wrong_recipe_says_where_and_what(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_training(text, "f")


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no training recipe .*absent\.yaml"):
        read_training(tmp_path / "absent.yaml")


def test_a_batch_is_dealt_out_to_processes_and_turns() -> None:
    recipe = TrainingRecipe(name="x")
    dealt = deal(recipe, 101_256, 8)
    assert (dealt.turns, dealt.pictures, dealt.turns_of_epoch) == (2, 128, 1582)
    assert dealt.steps == 2373  # As many as the paper's.
    assert dealt.epoch_after(dealt.steps) == pytest.approx(3)
    with pytest.raises(RecipeError, match="cannot be dealt out to 3 processes"):
        deal(recipe, 1000, 3)
    with pytest.raises(RecipeError, match="do not fill one turn"):
        deal(recipe, 7, 1)
