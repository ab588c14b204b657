"""`counterfoil canaries`."""

from __future__ import annotations

import typer
from rich.console import Console

from curation.contamination.canary import find_canaries
from storage.files import location


def run_canaries(path: str) -> None:
    """Print every canary that stands in the files at `path`; exit code 1 where there is one."""
    console = Console()
    found = 0
    for one in find_canaries(location(path)):
        found += 1
        console.print(f"{one.guid}  {one.where}", highlight=False, markup=False, soft_wrap=True)
    if not found:
        console.print(f"No canary stands in the texts and Parquet files of {path}.", markup=False)
        return
    raise typer.Exit(1)
