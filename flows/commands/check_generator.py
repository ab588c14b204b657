"""`counterfoil check-generator`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generators.conformance import Finding, check
from generators.registry import names
from schemas.errors import GeneratorError, MissingExtraError


def run_check_generator(name: str | None, all_: bool) -> None:
    """Print what the conformance kit finds. Raises `GeneratorError` where a check fails.

    With `all_`, generators that cannot run here for want of an extra are named and passed over.
    """
    if (name is None) != all_:
        installed = ", ".join(names())
        raise GeneratorError(f"name one generator to check, or give --all; installed: {installed}")
    console, waiting = Console(), Console(stderr=True)
    failed: dict[str, list[str]] = {}
    checked, passed_over = 0, []
    for each in names() if name is None else (name,):
        try:
            with waiting.status(f"Checking {each} …"):
                findings = check(each)
        except MissingExtraError as error:
            if name is not None:
                raise
            passed_over.append(each)
            console.print(f"[bold]{each}[/]\n[yellow]–[/]  not checked: {escape(str(error))}")
            continue
        console.print(_table(each, findings))
        checked += len(findings)
        broken = [finding.check for finding in findings if not finding.passed]
        if broken:
            failed[each] = broken
    if failed:
        told = "; ".join(f"{each} ({', '.join(broken)})" for each, broken in failed.items())
        count = sum(map(len, failed.values()))
        raise GeneratorError(
            f"{count} of {checked} checks failed: {told}. Each line marked ✗ says what to mend; "
            "mend the first and check again, later ones often follow from it"
        )
    console.print(f"All {checked} checks passed.", highlight=False)
    if passed_over:
        console.print(f"Not checked: {', '.join(passed_over)}.", style="yellow", highlight=False)


def _table(name: str, findings: Sequence[Finding]) -> Table:
    table = Table(box=None, title=name, title_justify="left", title_style="bold", show_header=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark = "[green]✓[/]" if finding.passed else "[red]✗[/]"
        table.add_row(mark, finding.check, escape(finding.detail))
    return table
