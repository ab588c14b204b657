"""docs/training.md: what a training recipe can say."""

from __future__ import annotations

from collections.abc import Iterator

from detector.training.recipe import TrainingRecipe
from flows.documents.fields import tables
from flows.documents.note import NOTE


def training() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Training recipes\n"
    yield "`counterfoil train RECIPE` reads a YAML file. Those in `recipes/train` carry the papers'"
    yield "values; a field that is left out has the default below, which is FakeReasoning's.\n"
    yield from tables("training recipe", TrainingRecipe)
