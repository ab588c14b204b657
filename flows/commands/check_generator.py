"""`counterfoil check-generator`."""

from __future__ import annotations

from rich.console import Console

from generators.conformance import check
from generators.registry import names
from schemas.errors import GeneratorError


def run_check_generator(name: str | None, all_: bool) -> None:
    """Run the conformance kit. Raises `GeneratorError` where a check fails."""
    if (name is None) != all_:
        raise GeneratorError("give the name of one generator, or --all")
    console = Console()
    failed: list[str] = []
    for each in names() if name is None else (name,):
        findings = check(each)
        passed = sum(finding.passed for finding in findings)
        mark = "[green]✓[/]" if passed == len(findings) else "[red]✗[/]"
        console.print(
            f"{mark} [bold]{each}[/]: {passed} of {len(findings)} checks", highlight=False
        )
        for finding in findings:
            if not finding.passed:
                console.print(f"    [red]✗[/] {finding.check}: {finding.detail}", highlight=False)
        if passed < len(findings):
            failed.append(each)
    if failed:
        raise GeneratorError(f"the contract is not kept by: {', '.join(failed)}")
