"""The commands that look at any set of pictures. They import what they need when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from storage.picture_sets.choice import Choice

curation = typer.Typer(no_args_is_help=True)

ANY = "Look at any set of pictures"
Pictures = Annotated[
    str,
    typer.Argument(
        help="A folder of pictures, Parquet files, tar or zip archives, a data set of the hub, or "
        "a published set.",
        metavar="PATH",
    ),
]
ImageColumn = Annotated[
    str | None, typer.Option(help="The column of pictures, where it is not called image.")
]
KeyColumn = Annotated[str | None, typer.Option(help="The column of names.")]
Config = Annotated[str | None, typer.Option(help="The configuration, where there are several.")]
Split = Annotated[str | None, typer.Option(help="Look at this split alone.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Worker processes; one a core by default.")
]
Radius = Annotated[
    int, typer.Option(min=0, max=32, help="Bits of 64 that near-duplicates may differ in.")
]
Orientations = Annotated[bool, typer.Option(help="Also find turned and mirrored copies.")]
Crops = Annotated[
    bool,
    typer.Option(
        help="Also find pictures of which one shows a part of the other. Pages of one form and "
        "cut-outs of one scene are found as well."
    ),
]


@curation.command(rich_help_panel=ANY)
def duplicates(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Folders, Parquet files, archives, data sets; or hash lists.", metavar="PATH..."
        ),
    ],
    radius: Radius = 8,
    orientations: Orientations = False,
    crops: Crops = False,
    embeddings: Annotated[
        str | None,
        typer.Option(help="Also compare by this CLIP or DINO checkpoint.", metavar="MODEL"),
    ] = None,
    similarity: Annotated[
        float, typer.Option(min=0, max=1, help="Cosine from which embeddings are alike.")
    ] = 0.95,
    across: Annotated[
        bool,
        typer.Option(
            help="Compare the paths with one another only; the earlier one's pictures stay."
        ),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            help="Write the table and sheets of the clusters here; a killed run goes on.",
            metavar="FOLDER",
        ),
    ] = None,
    list_file: Annotated[
        str | None,
        typer.Option("--list", help="Write the names of what to drop, one a line.", metavar="FILE"),
    ] = None,
    sheets: Annotated[int, typer.Option(min=0, help="Clusters that are drawn.")] = 200,
    image_column: ImageColumn = None,
    key_column: KeyColumn = None,
    config: Config = None,
    split: Split = None,
    workers: Workers = None,
) -> None:
    """Find near-duplicates, exactly, and say which to drop and for whom."""
    from flows.commands.duplicates import run_duplicates

    run_duplicates(
        paths,
        radius,
        orientations,
        crops,
        embeddings,
        similarity,
        across,
        out,
        list_file,
        sheets,
        Choice(image_column, key_column, config, split),
        workers,
    )


@curation.command(rich_help_panel=ANY)
def fingerprint(
    path: Pictures,
    out: Annotated[str, typer.Option(help="The list to write.", metavar="LIST.parquet")],
    name: Annotated[
        str | None, typer.Option(help="The benchmark's name; that of the file by default.")
    ] = None,
    orientations: Orientations = False,
    crops: Crops = False,
    image_column: ImageColumn = None,
    key_column: KeyColumn = None,
    config: Config = None,
    split: Split = None,
    workers: Workers = None,
) -> None:
    """Write the hash list of a set, which may be handed out where its pictures may not."""
    from flows.commands.fingerprint import run_fingerprint

    choice = Choice(image_column, key_column, config, split)
    run_fingerprint(path, out, name, orientations, crops, choice, workers)


@curation.command(rich_help_panel=ANY)
def contamination(
    path: Pictures,
    against: Annotated[
        list[str] | None,
        typer.Option(help="A hash list, or pictures; may be repeated.", metavar="LIST_OR_PATH"),
    ] = None,
    radius: Radius = 8,
    orientations: Orientations = False,
    crops: Crops = False,
    gate: Annotated[bool, typer.Option(help="Fail where anything overlaps.")] = False,
    out: Annotated[
        str | None, typer.Option(help="Write the table and sheets here.", metavar="FOLDER")
    ] = None,
    image_column: ImageColumn = None,
    key_column: KeyColumn = None,
    config: Config = None,
    split: Split = None,
    workers: Workers = None,
) -> None:
    """Say which pictures of a set stand in others: test sets, an earlier release."""
    from flows.commands.contamination import run_contamination

    run_contamination(
        path,
        against or (),
        radius,
        orientations,
        crops,
        gate,
        out,
        Choice(image_column, key_column, config, split),
        workers,
    )


@curation.command(rich_help_panel=ANY)
def audit(
    path: Pictures,
    label_column: Annotated[
        str | None, typer.Option(help="The column of labels; folders named real and fake will do.")
    ] = None,
    group_column: Annotated[
        str | None, typer.Option(help="The column that says what belongs together.")
    ] = None,
    limit: Annotated[
        float, typer.Option(min=0.5, max=1, help="Fail where the AUC lies above this.")
    ] = 0.6,
    html: Annotated[
        str | None, typer.Option(help="Write the report as one page.", metavar="FILE")
    ] = None,
    json: Annotated[str | None, typer.Option(help="Write the figures.", metavar="FILE")] = None,
    real: Annotated[
        list[str] | None,
        typer.Option(help="A label or folder of real pictures; may be repeated.", metavar="NAME"),
    ] = None,
    fake: Annotated[
        list[str] | None,
        typer.Option(help="A label or folder of fake pictures; may be repeated.", metavar="NAME"),
    ] = None,
    image_column: ImageColumn = None,
    config: Config = None,
    split: Split = None,
    seed: Annotated[int, typer.Option(min=0, help="Of folds and bootstraps.")] = 0,
    workers: Workers = None,
) -> None:
    """Can real be told from fake without looking? Train on files alone, and say what tells."""
    from flows.commands.audit import run_audit_command

    run_audit_command(
        path,
        label_column,
        group_column,
        limit,
        html,
        tuple(real or ()),
        tuple(fake or ()),
        Choice(image_column, config=config, split=split),
        seed,
        workers,
        json,
    )


@curation.command(rich_help_panel=ANY)
def canaries(
    path: Annotated[str, typer.Argument(help="A file or folder.", metavar="PATH")],
) -> None:
    """Find canaries in texts and Parquet files: has a set leaked into a corpus?"""
    from flows.commands.canaries import run_canaries

    run_canaries(path)
