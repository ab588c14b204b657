"""What mining prints is read in a terminal of 80 columns, and does not sprawl in a wider one."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from detector.mining.asking import Mined, ask
from detector.mining.cases import Case, Kind
from detector.mining.cells import Failures, count_failures
from flows.commands.mined_tables import (
    MOST_ROWS,
    cells_table,
    jobs_listing,
    remarks_listing,
)
from schemas.job_list import JobList, WantedJobs
from schemas.vocabulary import Domain
from tests.detector.mining.made import makers, weak_spot


def printed(what: RenderableType, width: int) -> list[str]:
    """The lines of what is printed, none of which may be too long or cut."""
    written = io.StringIO()
    Console(file=written, width=width).print(what)
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in written.getvalue()
    return [line.rstrip() for line in lines]


def mined(cases: tuple[Case, ...]) -> tuple[Failures, Mined]:
    failures = count_failures(cases)
    return failures, ask("set", failures, cases, list(makers()), 500)


def diverse() -> tuple[Case, ...]:
    """Fakes whose cells differ in all that there is a column for, with the longest names."""
    others = []
    for number, case in enumerate(weak_spot()):
        if number % 3 == 1:
            kind = Kind("diffusion_text_to_image", "text_to_image", "aigc")
        elif number % 3 == 2:
            kind = Kind("api_generate", "text_to_image", "deepfake")
        else:
            kind = Kind("splice", "splice", "natural")
        others.append(replace(case, kind=kind))
    return tuple(others)


@pytest.mark.parametrize("width", [80, 140])
def test_the_worst_cell_comes_first_in_a_line_of_short_cells(width: int) -> None:
    lines = printed(cells_table("it", *mined(weak_spot())), width)
    assert lines[0].startswith("it fails on ")
    assert " ".join(lines[1].split()) == "operation size codec failed of rate 95% asked"
    first = lines[2].split()
    assert first[:4] == ["splice", "0.5–2%", "JPEG", "<75"]
    assert first[6].endswith("%")
    assert int(first[-1]) > 200
    assert "all: natural" in lines
    cells = lines.index("all: natural") - 2
    assert cells == min(MOST_ROWS, len(mined(weak_spot())[0].cells))
    left = len(mined(weak_spot())[0].cells) - cells
    assert (f"{left} more cells are in mined.md" in lines) == bool(left)


@pytest.mark.parametrize("width", [80, 140])
def test_many_columns_and_long_names_fit(width: int) -> None:
    failures, found = mined(diverse())
    lines = printed(cells_table("it", failures, found), width)
    assert lines[1].split()[:4] == ["operation", "domain", "size", "codec"]
    said = "\n".join(lines)
    assert "diffusion_text_to_image" in said
    assert "splice by" not in said
    assert not any(line.startswith("all:") for line in lines)
    rows = [line for line in lines if "JPEG" in line]
    assert len(rows) == min(MOST_ROWS, len(failures.cells))
    if width == 140:
        assert any("text_to_image by diffusion_text_to_image aigc" in row for row in rows)


def test_reasons_stand_underneath_a_clause_a_line() -> None:
    jobs = JobList(
        name="set",
        jobs=(
            WantedJobs(
                generator="toy",
                operation="splice",
                domain=Domain.NATURAL,
                count=1200,
                mask_area=(0.005, 0.02),
                why="missed 9 of 10; under jpeg 50 it misses 10 of 10",
            ),
            WantedJobs(generator="stamp", operation="stamp", count=8, options={"area": "large"}),
            WantedJobs(generator="redraw", count=8),
        ),
    )
    assert printed(jobs_listing(jobs), 80) == [
        "",
        "What to make more of",
        "1,200  splice by toy in natural, 0.5 to 2% of the picture",
        "       missed 9 of 10",
        "       under jpeg 50 it misses 10 of 10",
        "    8  stamp",
        "",
        "    8  redraw",
        "",
    ]


@pytest.mark.parametrize(("width", "most"), [(80, 80), (140, 110)])
def test_reasons_and_remarks_are_no_wider_than_one_reads(width: int, most: int) -> None:
    _, found = mined(weak_spot())
    reasons = printed(jobs_listing(found.jobs), width)
    remarks = printed(remarks_listing(["once [more]", "word " * 60]), width)
    assert max(map(len, reasons + remarks)) <= most
    assert len([line for line in reasons if line[:4].strip()]) == len(found.jobs.jobs) + 1
    assert " ".join(" ".join(reasons).split()).count("interval after shrinkage") == len(
        found.jobs.jobs
    )
    assert remarks[0] == "– Once [more]."
    assert all(line.startswith(("– ", "  ")) for line in remarks)
