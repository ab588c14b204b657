"""`counterfoil show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich_pixels import Pixels

from dataset_cards.sample_sheet import sample_sheet
from schemas.features import IMAGE_COLUMNS
from storage.published import open_published

_APART = ("annotations", "attributes", "whole", "reasoning", "parameters", "quality", "codec")
_LONG = (*IMAGE_COLUMNS, *_APART)


def run_show(sample: str, dataset: str, save: Path | None) -> None:
    """Show one sample of a published set in the terminal."""
    published = open_published(dataset)
    row = published.row(sample)
    alone = row["source_id"] in (None, row["sample_id"])
    source = None if alone else published.row(row["source_id"])
    sheet = sample_sheet(row, source)
    console = Console()
    console.print(_in_terminal(sheet, console.width))
    console.print(_facts(row))
    console.print("\n[bold]What the raters say[/]")
    for annotation in row["annotations"]:
        verdict, attribute = annotation["verdict"], annotation["attribute"]
        told = f"{annotation['rater']} ({annotation['mode']})"
        console.print(f"  {escape(told)}: {attribute} [bold]{verdict}[/]", highlight=False)
        if annotation["rationale"]:
            text = Text(annotation["rationale"])
            console.print(Padding(text, (0, 0, 0, 4)), highlight=False)
    console.print("\n[bold]What they say together[/]")
    for agreed in (row["whole"], *row["attributes"]):
        share = "" if agreed["agreement"] is None else f", {agreed['agreement']:.0%} of them agree"
        console.print(
            f"  {agreed['attribute']}: [bold]{agreed['verdict']}[/] ({agreed['basis']}{share})",
            highlight=False,
        )
    console.print("\n[bold]Reasoning[/]")
    console.print(row["reasoning"], markup=False, highlight=False)
    if save is not None:
        sheet.save(save, format="PNG")
        console.print(f"\nSaved {save}.", highlight=False)
    else:
        console.print("\n[dim]Full size: add --save sample.png[/]")


def _in_terminal(sheet: Image.Image, width: int) -> Pixels:
    columns = min(width, 160)
    # A character cell holds two pixels, one above the other.
    size = (columns, max(2, sheet.height * columns // sheet.width))
    pixels: Pixels = Pixels.from_image(sheet, size)
    return pixels


def _facts(row: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in row.items():
        if name not in _LONG and value is not None:
            shown = ("real", "fake")[value] if name == "label" else str(value)
            table.add_row(name, shown)
    for name in ("codec", "quality"):
        known = {key: value for key, value in row[name].items() if value is not None}
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in known.items()}
        table.add_row(name, ", ".join(f"{key} {value}" for key, value in rounded.items()))
    for name, value in json.loads(row["parameters"]).items():
        table.add_row(f"  {name}", json.dumps(value, ensure_ascii=False))
    return table
