"""`counterfoil export`."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from annotation.exports import (
    Exported,
    Rows,
    export_conversations,
    export_mmfr,
    export_questions,
    published_rows,
)
from schemas.errors import CounterfoilError
from storage.files import location
from storage.published import open_published

_Writer = Callable[[Rows, str], Exported]
FORMS: dict[str, _Writer] = {
    "mmfr": lambda rows, out: export_mmfr(rows, location(out)),
    "llava": lambda rows, out: export_conversations(rows, location(out), ("llava",)),
    "swift": lambda rows, out: export_conversations(rows, location(out), ("swift",)),
    "questions": lambda rows, out: export_questions(rows, location(out)),
}
"""By what `--form` calls them."""


def run_export(dataset: str, out: str, form: str) -> None:
    """Write a published set in a form that others train on."""
    if form not in FORMS:
        raise CounterfoilError(f"--form is one of {', '.join(FORMS)}, not {form!r}")
    published = open_published(dataset)
    with Console(stderr=True).status(f"Writing {out} …"):
        written = FORMS[form](published_rows(published), out)
    print(f"{written.pictures:,} pictures and {', '.join(written.files)} in {out}")
    for reason, count in written.left_out.items():
        print(f"{count:,} left out: {reason}")
