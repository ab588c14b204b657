"""Trains in a process of its own: `python -m tests.detector.training.one_training RECIPE SET OUT`.

With a number behind these it kills itself, with the signal that cannot be caught, after that step.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import torch

from detector.training.loop import train
from detector.training.material import gather
from detector.training.recipe import TrainingRecipe
from detector.training.watching import Nobody, Pace
from storage.published import open_published


class Killer(Nobody):
    """Kills this process after a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, step: int, loss: float | None, pace: Pace | None) -> None:
        """As it says."""
        if step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Train."""
    torch.set_num_threads(1)
    recipe = TrainingRecipe.model_validate_json(Path(sys.argv[1]).read_text())
    killer = Killer(int(sys.argv[4])) if len(sys.argv) > 4 else Nobody()
    train(recipe, gather(recipe, open_published(sys.argv[2])), Path(sys.argv[3]), watcher=killer)


if __name__ == "__main__":
    main()
