"""The commands that look after a set of ours. They import what they need when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

upkeep = typer.Typer(no_args_is_help=True)

OURS = "Look after a set of ours"
Set = Annotated[str, typer.Argument(help="A published set or its run folder.", metavar="DATASET")]


@upkeep.command(rich_help_panel=OURS)
def masks(
    dataset: Set,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the charts and, of a run, what was quarantined.", metavar="DIR"),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Masks that are looked at.")] = 2_000,
    mask_column: Annotated[
        str | None,
        typer.Option(help="Of any other set of pictures: the column of masks."),
    ] = None,
    group_column: Annotated[
        str | None, typer.Option(help="The column that says what belongs together there.")
    ] = None,
) -> None:
    """Do the masks agree, where do they lie, and does saliency alone predict them?"""
    from flows.commands.masks import run_masks

    run_masks(dataset, out, most, mask_column, group_column)


@upkeep.command(rich_help_panel=OURS)
def balance(
    place: Annotated[
        str, typer.Argument(help="A recipe, a run folder or a published set.", metavar="PLACE")
    ],
    fill: Annotated[
        str | None,
        typer.Option(
            help="Write the jobs that fill the quotas, or make operations or sizes equal.",
            metavar="quotas|equal|sizes",
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(help="For equal: how much of an operation; may be repeated.", metavar="OP=N"),
    ] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Jobs to ask for, at most.")] = None,
    out: Annotated[Path, typer.Option(help="Where the list and the recipe go.")] = Path(),
) -> None:
    """Count by domain, operation, generator and size; say what quotas lack; plan what fills it."""
    from flows.commands.balance import run_balance

    run_balance(place, fill, tuple(weight or ()), most, out)


@upkeep.command(rich_help_panel=OURS)
def takedown(
    dataset: Set,
    ids: Annotated[list[str], typer.Argument(help="Ids of pictures.", metavar="ID...")],
    reason: Annotated[str, typer.Option(help="Why, in words that may be published.")],
    list_path: Annotated[
        str, typer.Option("--list", help="The list to add to; recipes name it as tombstones.")
    ] = "tombstones.jsonl",
    asked_by: Annotated[str, typer.Option(help="Who asked for it.")] = "",
    date: Annotated[str | None, typer.Option(help="YYYY-MM-DD; today by default.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would go and write nothing.")] = False,
) -> None:
    """Keep a picture, and all that is made from it, out of every later build."""
    from flows.commands.takedown import run_takedown

    run_takedown(list_path, dataset, ids, reason, asked_by, date, dry_run)
