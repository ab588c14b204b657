"""What a build came to, in words, for the terminal and for Prefect's pages."""

from __future__ import annotations

import base64
from collections import Counter

from storage.files import read_bytes
from storage.published import PublishedSet, open_published


def counts_table(published: PublishedSet) -> list[tuple[str, str, int, int]]:
    """(domain, operation, pictures, of which in the test split), real pictures first."""
    table = published.table(("domain", "operation", "label"))
    rows: Counter[tuple[str, str]] = Counter()
    tests: Counter[tuple[str, str]] = Counter()
    for row in table.to_pylist():
        key = (row["domain"], row["operation"] or "real")
        rows[key] += 1
        tests[key] += row["split"] == "test"
    order = sorted(rows, key=lambda key: (key[0], key[1] != "real", key[1]))
    return [(*key, rows[key], tests[key]) for key in order]


def summary_markdown(folder: str) -> str:
    """The summary that a build leaves as a Prefect artifact, with its contact sheet."""
    published = open_published(folder)
    manifest = published.manifest
    lines = [f"# {manifest.recipe['name']}", "", "| domain | operation | pictures | test |"]
    lines.append("|---|---|---:|---:|")
    for domain, operation, count, test in counts_table(published):
        lines.append(f"| {domain} | {operation} | {count} | {test} |")
    lines += ["", "| stage | planned | ok | rejected | failed |", "|---|---:|---:|---:|---:|"]
    for stage in manifest.stages:
        lines.append(
            f"| {stage.stage} | {stage.planned} | {stage.ok} | {stage.rejected} | {stage.failed} |"
        )
    audit = manifest.audit
    lines += ["", f"Shortcut audit: AUC {audit.auc:.2f} ({audit.low:.2f} to {audit.high:.2f})"]
    for name in sorted(manifest.files):
        if "contact_sheet" in name and name.endswith((".jpg", ".png")):
            kind = "jpeg" if name.endswith(".jpg") else "png"
            data = base64.b64encode(read_bytes(published.folder / name)).decode()
            lines += ["", f"![contact sheet](data:image/{kind};base64,{data})"]
            break
    return "\n".join(lines)
