"""`counterfoil duplicates`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from upath import UPath

from dataset_cards.cluster_sheet import cluster_sheets
from flows.duplicates.clustering import crop_links, decide, embedding_links, in_order, tags_of
from flows.duplicates.embedding import embed_sets
from flows.duplicates.gathering import gather
from flows.duplicates.listed import ListedSet, gathered_lists, open_lists
from flows.duplicates.outside import refuse_within
from flows.duplicates.prints import Wanted
from flows.duplicates.report import (
    dropped_names,
    duplicates_table,
    in_short,
    set_names,
    set_numbers,
    split_readable,
    write_tables,
)
from flows.duplicates.showing import LEGEND, cluster_rows, told
from flows.duplicates.verdicts import RELATIONS, Verdicts
from flows.watching import Watch
from schemas.errors import CounterfoilError
from storage.files import location, write_bytes
from storage.picture_sets.choice import NOTHING, Choice
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.opening import open_set

_LARGEST = 10
_NAMED = 3


def run_duplicates(
    paths: Sequence[str],
    radius: int = 8,
    orientations: bool = False,
    crops: bool = False,
    embeddings: str | None = None,
    similarity: float = 0.95,
    across: bool = False,
    out: str | None = None,
    list_file: str | None = None,
    sheets: int = 200,
    choice: Choice = NOTHING,
    workers: int | None = None,
) -> None:
    """Find the duplicates among the pictures at `paths`; print, and write to `out`, what to drop.

    `paths` are sets of pictures, or hash lists all of them.

    With `across`, only pictures of different paths are duplicates of one another, and those of the
    earlier path stay.
    """
    if across and len(paths) < 2:
        raise CounterfoilError("--across compares the paths with one another: give two or more")
    if out is not None:
        refuse_within(out, paths)
    folder = None if out is None else location(out)
    console = Console()
    wanted = Wanted(orientations, crops)
    sets: tuple[PictureSet, ...]
    if lists := open_lists(paths):
        if embeddings is not None:
            raise CounterfoilError("--embeddings looks at pictures, and a hash list has none")
        sets, gathered = tuple(map(ListedSet, paths)), gathered_lists(lists, wanted)
    else:
        sets = tuple(open_set(path, choice) for path in paths)
        with Watch("Fingerprinting") as watch:
            gathered = gather(sets, wanted, folder, workers, watch.start, watch.advance)
    prints, unreadable = split_readable(gathered)
    vectors = None
    if embeddings is not None:
        with Watch("Embedding") as watch:
            watch.start(len(gathered.places))
            vectors = embed_sets(sets, gathered.places, prints, embeddings, folder, watch.advance)
    with Console(stderr=True).status("Comparing …"):
        numbers = set_numbers(prints, gathered.places)
        tags = tags_of(prints, numbers, across)
        links = [crop_links(prints, tags)] if crops else []
        if vectors is not None:
            links.append(embedding_links(vectors, similarity))
        order = in_order(prints, numbers, across)
        verdicts = decide(prints, tags, order, radius, links)
    _print(console, prints, unreadable, verdicts)
    if list_file is not None:
        names = list(dropped_names(prints, verdicts, sets, gathered.places))
        write_bytes(location(list_file), "".join(f"{name}\n" for name in names).encode())
        console.print(f"{len(names):,} names in {list_file}", highlight=False, markup=False)
    if folder is None:
        console.print("Nothing was written; --out FOLDER writes the table and a sheet of pictures.")
        return
    whose = set_names(sets, gathered.places)
    written = write_tables(folder, duplicates_table(prints, verdicts, whose), unreadable, whose)
    with Console(stderr=True).status("Drawing the clusters …"):
        rows = cluster_rows(sets, gathered.places, prints, verdicts, 0 if lists else sheets)
        heading = f"Duplicates in {' and '.join(paths)}"
        written += _write_pages(folder, cluster_sheets(heading, LEGEND, rows))
    console.print(f"Wrote {in_short(written)} in {out}", highlight=False, markup=False)


def _write_pages(folder: UPath, pages: Any) -> list[str]:
    names = []
    for number, page in enumerate(pages, start=1):
        names.append(f"clusters-{number:03d}.jpg")
        write_bytes(folder / names[-1], page)
    return names


def _print(console: Console, prints: pa.Table, unreadable: pa.Table, verdicts: Verdicts) -> None:
    total = prints.num_rows + unreadable.num_rows
    dropped = len(verdicts.dropped)
    lines = [f"{total:,} pictures, of which {prints.num_rows:,} could be fingerprinted"]
    if unreadable.num_rows:
        reasons = unreadable["reason"].value_counts().to_pylist()
        told_reasons = ", ".join(f"{one['counts']:,} {one['values']}" for one in reasons)
        lines.append(f"{unreadable.num_rows:,} unreadable: {told_reasons}")
    lines.append(
        f"{verdicts.clusters:,} clusters: {dropped:,} pictures to drop, "
        f"{prints.num_rows - dropped:,} stay"
    )
    relations = ", ".join(f"{count:,} {name}" for name, count in verdicts.by_relation().items())
    if relations:
        lines.append(f"dropped as: {relations}")
    for line in lines:
        console.print(line, highlight=False, markup=False)
    if not verdicts.clusters:
        return
    table = Table(box=None, title="The largest clusters", title_justify="left", title_style="bold")
    for name in ("pictures", "dropped"):
        table.add_column(name, justify="right", min_width=len(name))
    table.add_column("stays", overflow="ellipsis", no_wrap=True)
    table.add_column("dropped for it", overflow="ellipsis", no_wrap=True)
    for members in islice(verdicts.members(), _LARGEST):
        gone = members[verdicts.kept_for[members] >= 0]
        stays = str(prints["key"][int(members[0])])
        some = [f"{prints['key'][one]} ({_how(verdicts, one)})" for one in gone[:_NAMED].tolist()]
        more = [f"and {len(gone) - _NAMED:,} more"] if len(gone) > _NAMED else []
        table.add_row(
            f"{len(members):,}", f"{len(gone):,}", escape(stays), escape(", ".join(some + more))
        )
    console.print(table)


def _how(verdicts: Verdicts, index: int) -> str:
    return told(RELATIONS[int(verdicts.relation[index])], float(verdicts.distance[index]))
