"""`python -m flows.documents` writes the documents; `--check` fails where one is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from flows.commands.recipe_schema import schema_text
from flows.documents.columns import columns
from flows.documents.commands import commands
from flows.documents.evaluation import evaluation
from flows.documents.generators import generators
from flows.documents.note import NOTE
from flows.documents.recipe import recipe
from flows.documents.taxonomy import taxonomy
from flows.documents.training import training
from flows.model_tables import models


def documents() -> dict[str, str]:
    """The text of every generated document by its path in the repository."""
    return {
        "docs/commands.md": "\n".join(commands()),
        "docs/generators.md": "\n".join(generators()),
        "docs/models.md": "\n".join(models(NOTE)),
        "docs/columns.md": "\n".join(columns()),
        "docs/taxonomy.md": "\n".join(taxonomy()),
        "docs/recipe.md": "\n".join(recipe()),
        "docs/training.md": "\n".join(training()),
        "docs/evaluation.md": "\n".join(evaluation()),
        "recipes/recipe.schema.json": schema_text(),
    }


def main() -> int:
    """Write the documents, or with `--check` only say which are out of date."""
    stale = []
    for path, text in documents().items():
        file = Path(path)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(path)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
