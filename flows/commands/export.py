"""`counterfoil export`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from upath import UPath

from annotation.exports import (
    Exported,
    Rows,
    export_conversations,
    export_mmfr,
    export_questions,
    published_rows,
)
from annotation.exports.conversations import IMAGES
from annotation.exports.rows import Row, picture_path
from curation.attribution import COLUMNS, FILE, attribution_markdown
from curation.licences import Permitted, permitted
from schemas.errors import CounterfoilError, StorageError
from storage.files import explained, location, write_bytes
from storage.published import open_published

_Writer = Callable[[Rows, str], Exported]
FORMS: dict[str, _Writer] = {
    "mmfr": lambda rows, out: export_mmfr(rows, location(out)),
    "llava": lambda rows, out: export_conversations(rows, location(out), ("llava",)),
    "swift": lambda rows, out: export_conversations(rows, location(out), ("swift",)),
    "questions": lambda rows, out: export_questions(rows, location(out)),
}
"""By what `--form` calls them."""


def run_export(dataset: str, out: str, form: str, licences: Sequence[str] = ()) -> None:
    """Write a published set in a form that others train on, with `ATTRIBUTION.md` beside it.

    `licences`: write only what these permit; see `curation.licences.permits`.
    """
    if form not in FORMS:
        raise CounterfoilError(f"--form is one of {', '.join(FORMS)}, not {form!r}")
    published = open_published(dataset)
    known = published.table(COLUMNS).to_pylist()
    rows, allowed = published_rows(published), None
    if licences:
        allowed = permitted(known, licences)
        if not allowed.sample_ids:
            why = "; ".join(f"{count:,}: {reason}" for reason, count in allowed.left_out.items())
            raise CounterfoilError(f"--licence {', '.join(licences)} leaves nothing over. {why}")
        _refuse_earlier(rows, location(out), allowed)
        rows = _only(rows, allowed)
    with Console(stderr=True).status(f"Writing {out} …"):
        written = FORMS[form](rows, out)
        _write_attribution(location(out), known, allowed)
    print(f"{written.pictures:,} pictures and {', '.join((*written.files, FILE))} in {out}")
    barred = {} if allowed is None else allowed.left_out
    for reason, count in (*barred.items(), *written.left_out.items()):
        print(f"{count:,} left out: {reason}")


def _only(rows: Rows, allowed: Permitted) -> Rows:
    """The rows that are permitted, and no others."""

    def read(columns: Sequence[str]) -> Iterator[tuple[str, Row]]:
        named = tuple(dict.fromkeys(("sample_id", *columns)))
        return (pair for pair in rows(named) if pair[1]["sample_id"] in allowed.sample_ids)

    return read


def _refuse_earlier(rows: Rows, root: UPath, allowed: Permitted) -> None:
    """A wider export into the same folder would leave there what this one must not hold."""
    with explained(f"looking into {root}"):
        if not (root / IMAGES).exists():
            return
        for split, row in rows(("sample_id", "codec")):
            path = picture_path(IMAGES, split, row)
            if row["sample_id"] not in allowed.sample_ids and (root / path).exists():
                raise StorageError(
                    f"{root} holds {path} of an earlier export, which --licence leaves out; "
                    "choose an empty folder"
                )


def _write_attribution(
    root: UPath, known: Sequence[Mapping[str, Any]], allowed: Permitted | None
) -> None:
    credited = {row["sample_id"]: row for row in known if row["operation"] is None}
    kept = [row for row in known if allowed is None or row["sample_id"] in allowed.sample_ids]
    write_bytes(root / FILE, attribution_markdown(kept, credited).encode())
