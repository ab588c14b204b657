"""`counterfoil mine`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from detector.mining.answers import read_answers
from detector.mining.asking import Mined, ask
from detector.mining.cases import COLUMNS, join_cases
from detector.mining.cells import Failures, count_failures
from detector.mining.figure import draw_failures, ranked
from detector.mining.report import cell_row, write_report
from flows.commands.job_list_files import write_job_list
from flows.mining import makers_of, run_of
from schemas.errors import DatasetError
from storage.files import location, write_bytes
from storage.published import open_published

_MOST_ROWS = 40


def run_mine(evaluation: Path, data: str, count: int, out: Path) -> None:
    """Print what a detector fails on, and write a job list of `count` forgeries against it.

    `evaluation`: the folder that `counterfoil evaluate` wrote for one detector on the published set
    `data`. The folder `out` gets `<recipe>.mined.jobs.yaml`, `<recipe>.mined.filled.yaml` where
    the set lies in its run folder, `mined.md` and `mined.png`.
    """
    answers = read_answers(evaluation)
    published = open_published(data)
    name = str(published.manifest.recipe["name"])
    cases = join_cases(answers, published.table(COLUMNS).to_pylist(), data)
    if all(case.kind is None or case.perturbation for case in cases):
        raise DatasetError(f"{evaluation} has no answer on an unperturbed fake: nothing to mine")
    failures = count_failures(cases)
    if not failures.rate.tally.failures:
        print(
            f"It fails on none of {failures.rate.tally.cases:,} fakes: nothing is asked for, and "
            "nothing was written. Evaluate it on a harder set, or with --robustness."
        )
        return
    run = run_of(published)
    mined = ask(name, failures, cases, makers_of(published, run), count)
    console = Console()
    console.print(_table(evaluation.name, failures, mined))
    remarks = mined.jobs.remarks
    if not mined.jobs.jobs:
        print("Nothing that it fails on can be made more of.")
    else:
        console.print(_jobs(mined))
        recipe = None if run is None else run.recipe
        purpose = f"ask for more of what {evaluation.name} fails on"
        remarks += write_job_list(mined.jobs, recipe, out, f"{name}.mined", purpose)
    write_bytes(location(out / "mined.png"), draw_failures(failures, mined))
    report = write_report(evaluation.name, count, failures, mined, "mined.png")
    write_bytes(location(out / "mined.md"), report.encode())
    print(f"What was found is in {out / 'mined.md'}.")
    for remark in remarks:
        print(f"{remark[0].upper()}{remark[1:]}.")


def _table(named: str, failures: Failures, mined: Mined) -> Table:
    tally = failures.rate.tally
    printed = Table(
        title=f"{named} fails on {tally.failures:,} of {tally.cases:,} fakes ({tally.share:.0%})",
        box=None,
    )
    for heading in ("operation", "generator", "domain", "size", "codec"):
        printed.add_column(heading)
    for heading in ("fakes", "failed", "rate", "95%", "asked"):
        printed.add_column(heading, justify="right")
    cells = ranked(failures.cells, mined.asked)
    for cell in cells[:_MOST_ROWS]:
        printed.add_row(*cell_row(cell, mined))
    if len(cells) > _MOST_ROWS:
        printed.caption = f"{len(cells) - _MOST_ROWS:,} more cells are in mined.md"
    return printed


def _jobs(mined: Mined) -> Table:
    printed = Table(title="What to make more of", box=None)
    for heading in ("operation", "generator", "domain"):
        printed.add_column(heading)
    printed.add_column("jobs", justify="right")
    printed.add_column("why", overflow="fold")
    for job in mined.jobs.jobs:
        domain = "any" if job.domain is None else job.domain.value
        printed.add_row(job.operation or "", job.generator, domain, f"{job.count:,}", job.why)
    return printed
