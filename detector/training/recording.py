"""Writes down how a training goes: the curve, the pace, their picture, and what trackers want."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detector.training.curve import CURVE, PACE, Lines
from detector.training.drawing import draw
from detector.training.measuring import Figures
from detector.training.watching import Pace
from schemas.errors import CounterfoilError

_SECONDS_BETWEEN_PICTURES = 30.0


class Record:
    """The record of a training in a folder. Every process calls it, the main one writes."""

    def __init__(self, folder: Path, accelerator: Any) -> None:
        self._folder, self._accelerator = folder, accelerator
        self._curve, self._pace = Lines(folder / CURVE), Lines(folder / PACE)
        self._writes = bool(accelerator.is_main_process)
        self._drawn = time.perf_counter()

    def cut(self, step: int) -> None:
        """Forget what came after `step`, which is gone through again."""
        if self._writes:
            self._curve.cut(step)
            self._pace.cut(step)

    def point(
        self,
        step: int,
        epoch: float,
        losses: Mapping[str, float],
        gradient: float | None,
        learning_rate: float,
    ) -> None:
        """A point of the curve. `losses`: the whole as `loss`, and its parts by name.

        Raises CounterfoilError where the loss is no number, which is not written down.
        """
        loss = losses["loss"]
        if not math.isfinite(loss):
            raise CounterfoilError(
                f"the loss is {loss} at step {step}: lower optimisation.learning_rate, "
                "or look at the last rows of training/curve.jsonl; the last snapshot is kept"
            )
        parts = {name: value for name, value in losses.items() if name != "loss"}
        if self._writes:
            self._curve.add(
                {
                    "step": step,
                    "epoch": epoch,
                    "loss": loss,
                    "losses": parts,
                    "gradient": gradient,
                    "learning_rate": learning_rate,
                }
            )
        flat = {"loss": loss, **{f"loss/{name}": value for name, value in parts.items()}}
        self._accelerator.log({**flat, "learning_rate": learning_rate}, step=step)

    def pace(self, step: int, pace: Pace) -> None:
        """How fast it went since the last point."""
        values = {"images_per_second": pace.images_per_second, "waiting": pace.waiting}
        if self._writes:
            self._pace.add({"step": step, **values})
        self._accelerator.log(values, step=step)

    def look(self, step: int, figures: Figures) -> None:
        """What was measured on the validation set."""
        if self._writes:
            self._curve.add({"step": step, "validation": figures})
        known = {f"validation/{k}": v for k, v in figures.items() if v is not None}
        self._accelerator.log(known, step=step)

    def sync(self) -> None:
        """Put all lines on disk, and draw them if that was not done lately."""
        if self._writes:
            self._curve.sync()
            self._pace.sync()
        if time.perf_counter() - self._drawn > _SECONDS_BETWEEN_PICTURES:
            self.draw()

    def draw(self) -> None:
        """Draw the curve as it stands."""
        self._drawn = time.perf_counter()
        if self._writes:
            draw(self._curve.read(), self._pace.read(), self._folder)
