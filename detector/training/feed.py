"""Feeds a training: its examples out of the shards, batch after batch, epoch after epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.data.batches import plan
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.model.inputs import joined
from detector.training.dealing import Deal
from detector.training.examples import Lesson
from detector.training.material import Material, weights_of
from detector.training.recipe import TrainingRecipe


def loader_of(
    recipe: TrainingRecipe, material: Material, deal: Deal, accelerator: Any
) -> TrainingLoader:
    """This process's share of what is learnt, as keyword arguments of `Detector.forward`."""
    augmentation = recipe.augmentation if recipe.augmentation.probability else None
    batches = plan(
        material.rows,
        Lesson(material.config, material.dialogue, recipe.data.mask, augmentation),
        joined,
        seed=recipe.seed,
        lanes=Lanes(deal.per_device, deal.processes),
        balance=recipe.data.balance,
        weights=weights_of(recipe, material.rows),
        drop_last=True,
    )
    return TrainingLoader(
        batches,
        rank=accelerator.process_index,
        workers=recipe.workers,
        pin_memory=accelerator.device.type == "cuda",
    )


class Feed:
    """An endless stream out of a loader, which knows where it stands between any two batches."""

    def __init__(self, loader: TrainingLoader) -> None:
        self._loader = loader
        self._epoch: Iterator[Any] = iter(())
        self._before = 0.0

    @property
    def waited(self) -> float:
        """The seconds for which batches were waited for, over all epochs."""
        return self._before + self._loader.waited

    def take(self) -> Any:
        """The next batch."""
        batch = next(self._epoch, None)
        while batch is None:
            self._before = self.waited  # The loader counts anew in each epoch.
            self._epoch = iter(self._loader)
            batch = next(self._epoch, None)
        return batch
