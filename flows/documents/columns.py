"""docs/columns.md: the columns of a shard."""

from __future__ import annotations

from collections.abc import Iterator

from flows.documents.note import NOTE
from schemas.features import COLUMNS, arrow_schema


def columns() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Columns of a shard\n\nOne row is one picture.\n"
    yield "| column | type | what it holds |\n|---|---|---|"
    schema = arrow_schema()
    for name, description in COLUMNS.items():
        yield f"| `{name}` | `{schema.field(name).type}` | {description} |"
    yield ""
