"""What the tests of training share: a set, a recipe of the tiniest detector, one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from detector.model.tiny import tiny_config
from detector.training.recipe import (
    Augmentation,
    Data,
    Optimisation,
    Text,
    TrainingRecipe,
    Watching,
)
from storage.published import PublishedSet
from tests.detector.training.made_lessons import made_set

Recipes = Callable[..., TrainingRecipe]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Sums depend on how many threads share them; what is compared to the bit has one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return made_set(Path(tmp_path_factory.mktemp("lessons")))


@pytest.fixture
def recipe() -> Recipes:
    return tiny_recipe


def tiny_recipe(
    *, language: bool = False, dropout: float = 0.1, **changes: dict[str, Any]
) -> TrainingRecipe:
    """A few steps of a detector of 56 px; keywords change the recipe's parts, field by field."""
    parts: dict[str, Any] = {
        "data": Data(),
        "text": Text(),
        "augmentation": Augmentation(probability=0.5, operations={"gaussian_noise": (0, 20)}),
        "optimisation": Optimisation(epochs=3, batch=8, per_device=4, learning_rate=3e-3),
        "watching": Watching(log_every=2, checkpoint_every=4, validate_every=6),
    }
    for name, values in changes.items():
        parts[name] = parts[name].model_copy(update=values)
    detector = tiny_config(language=language, dropout=dropout, train_encoders=True)
    return TrainingRecipe(name="tiny", detector=detector, workers=0, seed=3, **parts)
