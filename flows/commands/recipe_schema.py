"""`counterfoil recipe-schema`."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.recipe import Recipe


def schema_text() -> str:
    """The JSON schema of recipes, as text that ends in a newline."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | Recipe.model_json_schema(), indent=2) + "\n"


def run_recipe_schema(out: Path | None) -> None:
    """Print the schema, or write it to `out`."""
    if out is None:
        print(schema_text(), end="")
    else:
        out.write_text(schema_text(), encoding="utf-8")
