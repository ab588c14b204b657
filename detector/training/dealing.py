"""How a global batch is dealt out to processes and turns, and how many steps that makes."""

from __future__ import annotations

from dataclasses import dataclass

from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Deal:
    """`turns` batches of `per_device` pictures on each of `processes` make one of `steps` steps."""

    per_device: int
    processes: int
    turns: int
    steps: int
    turns_of_epoch: int

    @property
    def pictures(self) -> int:
        """Pictures behind one step."""
        return self.per_device * self.processes * self.turns

    def epoch_after(self, step: int) -> float:
        """How often the rows have been gone through after so many steps."""
        return step * self.turns / self.turns_of_epoch


def deal(recipe: TrainingRecipe, rows: int, processes: int) -> Deal:
    """The deal of a recipe over `rows` rows.

    Epochs follow one another without a break: a step may take pictures of two. Raises RecipeError
    where the batch cannot be dealt out, or takes more rows than there are.
    """
    wanted = recipe.optimisation
    at_a_time = wanted.per_device * processes
    if wanted.batch % at_a_time:
        raise RecipeError(
            f"a batch of {wanted.batch} cannot be dealt out to {processes} processes, "
            f"{wanted.per_device} each at a time: change optimisation.batch or .per_device"
        )
    turns_of_epoch = rows // at_a_time
    if not turns_of_epoch:
        raise RecipeError(
            f"{rows} rows do not fill one turn of {at_a_time} pictures: lower "
            "optimisation.per_device"
        )
    turns = wanted.batch // at_a_time
    steps = max(1, round(wanted.epochs * turns_of_epoch / turns))
    return Deal(wanted.per_device, processes, turns, steps, turns_of_epoch)
