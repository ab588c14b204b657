"""What a training says: a bar in a terminal, elsewhere its loss every half minute."""

from __future__ import annotations

from collections.abc import Mapping

from detector.training.dealing import Deal
from detector.training.parameters import Weights
from detector.training.watching import Pace, Start, Watcher
from flows.training_progress import SECONDS_BETWEEN_LINES, TrainingProgress
from tests.flows.test_bars import console

FIGURES: Mapping[str, float | None] = {"balanced_accuracy": 0.75, "mask_iou": None, "no_verdict": 0}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def start(steps: int = 1200, step: int = 0, turns: int = 1, processes: int = 1) -> Start:
    """A training of 4 pictures a turn."""
    return Start(Deal(4, processes, turns, steps, 100), Weights(12_345, 678), "cpu", "no", step)


def followed(clock: Clock, begun: Start, seconds: float, every: int, last: int) -> list[str]:
    """The lines of a training of steps of so many seconds, whose loss is known at each `every`."""
    there, written = console(False)
    with TrainingProgress(there, clock) as progress:
        watcher: Watcher = progress
        watcher.started(begun)
        for step in range(begun.step + 1, last + 1):
            clock.now += seconds
            known = step % every == 0
            pace = Pace(4 / seconds, 0.125) if known else None
            watcher.stepped(step, 1 / step if known else None, pace)
    return written.getvalue().splitlines()


def test_away_from_a_terminal_the_loss_is_said_every_half_minute() -> None:
    said = followed(Clock(), start(), seconds=1, every=10, last=100)
    assert said == [
        "12,345 weights learn, 678 are frozen; float32 on 1 x cpu",
        "1,200 steps of 4 pictures",
        "step 30: loss 0.0333, 4.0 images/s, 12% waiting, 0:19:30 left",
        "step 60: loss 0.0167, 4.0 images/s, 12% waiting, 0:19:00 left",
        "step 90: loss 0.0111, 4.0 images/s, 12% waiting, 0:18:30 left",
    ]


def test_where_points_are_rarer_each_is_said() -> None:
    said = followed(Clock(), start(), seconds=20, every=10, last=35)
    assert [line.split(":")[0] for line in said[2:]] == ["step 10", "step 20", "step 30"]


def test_the_time_left_goes_by_the_steps_of_this_run_and_by_all_that_they_wait_for() -> None:
    clock = Clock()
    there, written = console(False)
    with TrainingProgress(there, clock) as progress:
        progress.started(start(step=1000))
        clock.now += 40  # 10 steps of 1 s, then 30 s of validation.
        progress.stepped(1010, 0.5, Pace(4, 0))
        clock.now += 190 * 4
        progress.stepped(1200, 0.25, Pace(4, 0))
    said = written.getvalue().splitlines()
    assert said[2:] == [
        "Goes on after step 1,000.",
        "step 1,010: loss 0.5000, 4.0 images/s, 0:12:40 left",
        "step 1,200: loss 0.2500, 4.0 images/s",
    ]


def test_a_short_training_says_nothing_but_what_was_measured() -> None:
    clock = Clock()
    there, written = console(False)
    with TrainingProgress(there, clock) as progress:
        progress.stepped(1, 0.5, Pace(4, 0))
        progress.started(start(turns=2, processes=3))
        clock.now += SECONDS_BETWEEN_LINES - 1
        progress.stepped(10, 0.5, Pace(4, 0))
        clock.now += SECONDS_BETWEEN_LINES
        progress.stepped(11, None, None)
        progress.measured(11, FIGURES)
        progress.measured(12, {**FIGURES, "no_verdict": 0.1})
    assert written.getvalue().splitlines()[1:] == [
        "1,200 steps of 24 pictures, 2 times 4 of them in each of 3 processes",
        "step 11: balanced accuracy 0.750",
        "step 12: balanced accuracy 0.750, no verdict 0.100",
    ]


def test_in_a_terminal_the_bar_says_it() -> None:
    clock = Clock()
    there, written = console(True)
    with TrainingProgress(there, clock) as progress:
        progress.started(start())
        clock.now += 99
        progress.stepped(30, 0.125, Pace(4, 0.5))
    said = written.getvalue()
    assert "step 30/1,200" in said
    assert "loss 0.1250" in said
    assert "4.0 images/s, 50% waiting" in said
    assert "left" not in said
