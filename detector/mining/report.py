"""Writes down what was mined: what failed, what is asked for, and how it was decided."""

from __future__ import annotations

from collections.abc import Iterator

from detector.mining.asking import Mined
from detector.mining.cells import Cell, Failures, place_of
from detector.mining.figure import ranked

_METHOD = """\
A fake is failed on where it is called real, where the answer cannot be read and, for a detector \
that has learnt to find places, where its mask fits the true one with an IoU below 0.5. Fakes are \
sorted into cells of generator, operation, domain, size of the change and codec. A cell's rate is \
drawn towards that of its size, its kind and all fakes, the more the fewer pictures it has \
(beta-binomial, parametric empirical Bayes; Skellam 1948, Morris 1983); pictures of one group \
count as fewer (Rao and Scott 1992). What the detector fails on among the tenth of the fakes that \
it knows best is what it attains. Forgeries are shared out in proportion to the failures above \
that: a cell's number of fakes times what its rate lies above, where that is 90% probable at \
least."""


def write_report(named: str, count: int, failures: Failures, mined: Mined, figure: str) -> str:
    """The report as Markdown. `named`: the evaluation; `figure`: the path of its picture."""
    return "\n".join(_lines(named, count, failures, mined, figure)) + "\n"


def _lines(named: str, count: int, failures: Failures, mined: Mined, figure: str) -> Iterator[str]:
    tally = failures.rate.tally
    yield f"# What {named} fails on"
    yield ""
    yield (
        f"It fails on {tally.failures:,} of {tally.cases:,} fakes ({tally.share:.0%}) and on "
        f"{mined.attained:.0%} of those that it knows best. {_asked(mined, count)}"
    )
    yield from ("", f"![Failure rates by cell]({figure})", "")
    yield "| operation | generator | domain | size | codec | fakes | failed | rate | 95% | asked |"
    yield "|---|---|---|---|---|--:|--:|--:|--:|--:|"
    for cell in ranked(failures.cells, mined.asked):
        yield f"| {' | '.join(cell_row(cell, mined))} |"
    if mined.jobs.jobs:
        yield from ("", "## What is asked for", "")
        for job in mined.jobs.jobs:
            yield f"- **{job.count:,} {job.operation} by {job.generator}**: {job.why}."
    if mined.jobs.remarks:
        yield from ("", "## What else there is to know", "")
        yield from (f"- {remark[0].upper()}{remark[1:]}." for remark in mined.jobs.remarks)
    yield from ("", "## How it was decided", "", _METHOD)
    if failures.design_effect > 1.005:
        yield ""
        yield f"Here {failures.design_effect:.1f} pictures count as one independent one."


def cell_row(cell: Cell, mined: Mined) -> tuple[str, ...]:
    """A cell as the words of a table's line."""
    low, high = cell.rate.interval
    asked = mined.asked.get(place_of(cell), 0)
    return (
        cell.kind.operation,
        cell.kind.generator,
        cell.kind.domain,
        cell.size,
        cell.codec,
        f"{len(cell.cases):,}",
        f"{cell.missed + cell.astray:,}",
        f"{cell.rate.mean:.0%}",
        f"{low:.0%} to {high:.0%}",
        f"{asked:,}" if asked else "·",
    )


def _asked(mined: Mined, count: int) -> str:
    if not mined.jobs.jobs:
        return "Nothing that it fails on can be made more of."
    return f"{count:,} forgeries are asked for."
