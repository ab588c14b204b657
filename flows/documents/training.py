"""docs/training.md: what a training recipe can say."""

from __future__ import annotations

from collections.abc import Iterator

from detector.training.recipe import TrainingRecipe
from flows.documents.fields import tables
from flows.documents.note import NOTE


def training() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Training recipes\n\n`counterfoil train RECIPE` reads a YAML file. Those in"
    yield "`recipes/train` carry the papers' values; a field that is left out has the default"
    yield "below, which is FakeReasoning's.\n"
    yield from tables("training recipe", TrainingRecipe)
