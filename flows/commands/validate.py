"""`counterfoil validate`."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from flows.validation import validate
from schemas.errors import DatasetError
from storage.published import open_published

_SHOWN = 20


def run_validate(dataset: str) -> None:
    """Check a set and say what is wrong. Raises `DatasetError` where anything is."""
    published = open_published(dataset)
    console = Console(stderr=True)
    total = sum(shard.rows for shard in published.manifest.shards)
    found = 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("checking", total=total)
        for problem in validate(published, lambda rows: progress.advance(bar, rows)):
            found += 1
            if found <= _SHOWN:
                console.print(f"[red]✗[/] {problem.where}: {problem.what}", highlight=False)
    if found > _SHOWN:
        console.print(f"… and {found - _SHOWN} more")
    if found:
        raise DatasetError(f"{published.folder} breaks {found} contracts; build it again")
    Console().print(
        f"{published.folder}: {total} rows in {len(published.manifest.shards)} shards "
        "keep every contract.",
        highlight=False,
    )
