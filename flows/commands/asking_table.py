"""Shows what raters would be asked, and what that would cost."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from flows.rating_forecast import Asking


def asking_table(asked: Iterable[Asking]) -> Table:
    """What raters would be asked, as a table."""
    table = Table(box=None, title="What would be asked", title_justify="left")
    for name in ("rater", "model"):
        table.add_column(name)
    for name in ("questions", "tokens read", "tokens written", "dollars", "by batch"):
        table.add_column(name, justify="right")
    known = list(asked)
    if any(one.dollars is None for one in known):
        table.caption = "unknown: give dollars_per_million in the recipe"
        table.caption_justify = "left"
    for one in known:
        table.add_row(
            one.name,
            one.model,
            f"{one.questions:,}",
            f"{one.tokens.text_in + one.tokens.image_in:,}",
            f"{one.tokens.text_out:,}",
            _money(one.dollars),
            _money(one.batch_dollars),
        )
    return table


def _money(dollars: float | None) -> str:
    return "unknown" if dollars is None else f"${dollars:,.2f}"
