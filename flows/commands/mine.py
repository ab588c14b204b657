"""`counterfoil mine`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from detector.mining.answers import read_answers
from detector.mining.asking import ask
from detector.mining.cases import COLUMNS, join_cases
from detector.mining.cells import count_failures
from detector.mining.figure import draw_failures
from detector.mining.report import write_report
from flows.commands.job_list_files import write_job_list
from flows.commands.mined_tables import cells_table, jobs_listing, remarks_listing
from flows.mining import makers_of, run_of
from schemas.errors import DatasetError
from storage.files import location, write_bytes
from storage.published import open_published


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
    console.print(cells_table(evaluation.name, failures, mined))
    remarks = mined.jobs.remarks
    if not mined.jobs.jobs:
        print("Nothing that it fails on can be made more of.")
    else:
        console.print(jobs_listing(mined.jobs), "")
        recipe = None if run is None else run.recipe
        purpose = f"ask for more of what {evaluation.name} fails on"
        remarks += write_job_list(mined.jobs, recipe, out, f"{name}.mined", purpose)
    write_bytes(location(out / "mined.png"), draw_failures(failures, mined))
    report = write_report(evaluation.name, count, failures, mined, "mined.png")
    write_bytes(location(out / "mined.md"), report.encode())
    print(f"What was found is in {out / 'mined.md'}.")
    console.print(remarks_listing(remarks))
