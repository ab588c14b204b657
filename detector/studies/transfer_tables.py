"""A transfer matrix as JSON, as a table of its cells, and as a page to read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from detector.studies.resampling import LEVEL, Estimate
from detector.studies.telling import FEW, columns_of, told
from detector.studies.transfer import LEAST_GROUPS, LEAST_TEST, LEAST_TRAIN, Transfer
from detector.studies.transfer_findings import sentences
from detector.studies.transfer_pairs import mechanism_over_domain, pair_kinds


def cells_table(transfer: Transfer) -> pa.Table:
    """A row a cell, those that were not measured too, whose `why` says what was too few."""
    rows: list[dict[str, Any]] = []
    taught = {lesson.name for lesson in transfer.lessons}
    silent = [
        value.name for value in transfer.values if not value.teaches and value.name not in taught
    ]
    for name in [*(lesson.name for lesson in transfer.lessons), *silent]:
        for column, value in enumerate(transfer.values):
            auc = accuracy = None
            pictures = 0
            why = f"{FEW} to train on"
            if name in taught:
                row = transfer.row(name)
                pictures = transfer.lessons[row].pictures
                auc = transfer.cell(row, column)
                accuracy = Estimate.of(transfer.accuracy[row, column])
                why = "" if auc else f"{FEW} to test on"
            rows.append(
                {
                    "learnt_from": name,
                    "tried_on": value.name,
                    "forgeries_learnt": pictures,
                    "forgeries_tried": value.test,
                    "reals_tried": value.test_reals,
                    **columns_of("auc", auc),
                    **columns_of("balanced_accuracy", accuracy),
                    "why": why,
                }
            )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


_FIGURES = [
    pa.field(f"{figure}{end}", pa.float64())
    for figure in ("auc", "balanced_accuracy")
    for end in ("", "_low", "_high")
]
_SCHEMA = pa.schema(
    [
        pa.field("learnt_from", pa.string()),
        pa.field("tried_on", pa.string()),
        pa.field("forgeries_learnt", pa.int64()),
        pa.field("forgeries_tried", pa.int64()),
        pa.field("reals_tried", pa.int64()),
        *_FIGURES,
        pa.field("why", pa.string()),
    ]
)


def transfer_json(transfer: Transfer) -> bytes:
    """Everything that was measured, with what it was measured on."""
    plain = {
        "by": transfer.by,
        "features": transfer.features,
        "seeds": transfer.seeds,
        "forgeries_per_row": transfer.size,
        "least_to_train": transfer.threshold,
        "least_to_test": LEAST_TEST,
        "interval": LEVEL,
        "values": [asdict(value) for value in transfer.values],
        "cells": cells_table(transfer).to_pylist(),
        "pairs": [
            {
                "same_mechanism": kind.same_mechanism,
                "same_domain": kind.same_domain,
                "pairs": kind.pairs,
                **columns_of("auc", kind.auc),
            }
            for kind in pair_kinds(transfer)
        ],
        "mechanism_over_domain": _contrast(transfer, apart=True),
        "mechanism_over_domain_with_shared_models": _contrast(transfer, apart=False),
        "findings": sentences(transfer),
    }
    return (json.dumps(plain, indent=1, allow_nan=False) + "\n").encode()


def _contrast(transfer: Transfer, apart: bool) -> dict[str, float | int | None] | None:
    contrast = mechanism_over_domain(transfer, apart)
    if contrast is None:
        return None
    return {**columns_of("auc_difference", contrast[0]), "columns": contrast[1]}


def transfer_page(transfer: Transfer, name: str) -> str:
    """The study as Markdown."""
    rows = "all that it has" if transfer.size is None else f"{transfer.size} forgeries"
    lines = [
        f"# What transfers in {name}, by {transfer.by}",
        "",
        *(f"- {sentence}" for sentence in sentences(transfer)),
        "",
        f"![AUC of what is learnt from each {transfer.by} on every other](transfer.png)",
        "",
        "## How it was measured",
        "",
        f"A linear probe on `{transfer.features}` learns each row from {rows} and as many real "
        "pictures of the domains that these were made from, drawn anew "
        f"{transfer.seeds} times. Each column is the test split's forgeries against the real "
        "pictures of their sources' domains; each domain weighs as much among the real pictures as "
        "among the forgeries. Intervals (95 %) are over draws of whole groups and of repetitions. "
        f"A value with fewer than {transfer.threshold} training forgeries teaches no row (at least "
        f"{LEAST_TRAIN}, and a third of the median), one with fewer than {LEAST_TEST} in the test "
        f"split is asked in no column, and one from fewer than {LEAST_GROUPS} test groups has the "
        "interval 0 to 1.",
        "",
        f"| {transfer.by} | domain | mechanism | to train (groups) | to test (groups) | "
        "real to test |",
        "|---|---|---|---:|---:|---:|",
    ]
    for value in transfer.values:
        train = f"{value.train} ({value.train_groups})" + ("" if value.teaches else f", {FEW}")
        test = f"{value.test} ({value.test_groups})" + ("" if value.asked else f", {FEW}")
        lines.append(
            f"| {value.name} | {value.domain} | {value.mechanism} | {train} | {test} | "
            f"{value.test_reals} |"
        )
    asked = transfer.asked()
    lines += [
        "",
        "## AUC",
        "",
        "| learnt from | " + " | ".join(transfer.values[place].name for place in asked) + " |",
        "|---|" + "---:|" * len(asked),
    ]
    for row, lesson in enumerate(transfer.lessons):
        cells = (transfer.cell(row, column) for column in asked)
        said = " | ".join(FEW if cell is None else told(cell) for cell in cells)
        lines.append(f"| {lesson.name} | {said} |")
    return "\n".join(lines) + "\n"
