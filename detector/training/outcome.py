"""How a training ended: written down when it is finished, so that no call begins it again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from upath import UPath

from detector.training.measuring import Figures
from detector.training.recipe import TrainingRecipe
from detector.training.sameness import begin_or_go_on
from storage.files import write_bytes

FOLDER = "training"
"""Of a detector's folder: what belongs to its training alone."""
_FINISHED = "finished.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training, or one call of it, ended. `figures`: of its last look at validation."""

    step: int
    steps: int
    loss: float | None
    figures: Figures = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.step >= self.steps

    def write(self, out: Path) -> None:
        """Write down in the detector's folder that there is nothing left to do."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        write_bytes(UPath(out / FOLDER / _FINISHED), text.encode())


def ended(recipe: TrainingRecipe, out: Path) -> Outcome | None:
    """How the training in a detector's folder ended; None where there is none, or it has not.

    Raises RecipeError where the folder holds another training.
    """
    folder = out / FOLDER
    if not (folder / _FINISHED).exists():
        return None
    begin_or_go_on(recipe, None, folder, out)
    return Outcome(**json.loads((folder / _FINISHED).read_text(encoding="utf-8")))
