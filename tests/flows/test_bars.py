"""Bars are drawn in a terminal alone; elsewhere there are lines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from flows.bars import Bars
from flows.progress import BuildProgress
from flows.watching import Watch
from storage.parts import Counts


def console(terminal: bool) -> tuple[Console, io.StringIO]:
    """A console of 100 columns, and what is written on it."""
    written = io.StringIO()
    return Console(file=written, force_terminal=terminal, width=100), written


def test_in_a_terminal_the_bar_is_drawn_and_ends_with_a_tick() -> None:
    there, written = console(True)
    with Watch("Looking [here]", there) as watch:
        watch.start(2)
        watch.advance(7)
        watch.advance(1)
    said = written.getvalue()
    assert "━" in said
    assert "✓" in said
    assert "8 pictures" in said
    assert " in " not in said


def test_elsewhere_there_is_a_line_at_the_end() -> None:
    there, written = console(False)
    with Watch("Looking [here]", there) as watch:
        watch.start(1)
        watch.advance(1)
        assert written.getvalue() == ""
    assert written.getvalue().startswith("Looking [here]: 1 picture in ")
    assert written.getvalue().count("\n") == 1


def test_a_bar_is_taken_down_where_something_goes_wrong() -> None:
    there, written = console(True)
    bars = Bars("", console=there)
    with pytest.raises(KeyboardInterrupt), bars:
        raise KeyboardInterrupt
    assert not bars.bars.live.is_started
    there, written = console(False)
    with pytest.raises(KeyboardInterrupt), Watch("Looking", there):
        raise KeyboardInterrupt
    assert written.getvalue() == ""


def test_a_build_says_a_line_a_step() -> None:
    there, written = console(False)
    with BuildProgress(there) as progress:
        progress.start("forge", 1)
        progress.advance("forge", Counts(ok=3))
        progress.start("forge", 1)
        progress.advance("forge", Counts(ok=1, rejected=2))
        progress.finish("forge")
    assert written.getvalue().startswith("forge     4 ok / 2 rejected / 0 failed  0.")
    assert set(progress.seconds) == {"forge"}


def test_long_lines_are_not_cut_where_somebody_reads_them_from_a_file() -> None:
    there, written = console(False)
    Bars("", console=there).say("word " * 40)
    assert written.getvalue().count("\n") == 1
