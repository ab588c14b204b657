"""What every training loop needs: a device, a budget of minutes, and a state that survives."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

State = dict[str, Any]
_SAVE_SECONDS = 120.0
_PRINT_SECONDS = 30.0


def choose_device(name: str) -> torch.device:
    """The device named, or for `auto` a GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def half_precision(device: torch.device) -> AbstractContextManager[Any]:
    """Matrix products and convolutions in bfloat16, all else in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


@dataclass(slots=True)
class Session:
    """One loop's budget and state file.

    The learning rate and the end follow the minutes spent, not a count of steps, as machines
    differ. `minutes` counts from the loop's very first start: a loop that was killed goes on
    where its state file was last written, every two minutes.
    """

    path: Path
    minutes: float
    max_steps: int | None = None
    spent: float = 0.0
    step: int = 0

    def resume(self) -> State | None:
        """The saved state, if there is one."""
        if not self.path.is_file():
            return None
        state: State = torch.load(self.path, map_location="cpu", weights_only=True)
        self.spent, self.step = float(state["spent"]), int(state["step"])
        print(f"going on at step {self.step}, after {self.spent / 60:.1f} minutes", flush=True)
        return state

    def save(self, state: State) -> None:
        """Write the state under a temporary name, then rename it: a kill leaves the old one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".writing")
        torch.save({**state, "spent": self.spent, "step": self.step}, temporary)
        os.replace(temporary, self.path)

    @property
    def share(self) -> float:
        """How much of the budget is spent, 0 to 1."""
        by_time = self.spent / (60 * self.minutes) if self.minutes else 1.0
        by_steps = self.step / self.max_steps if self.max_steps else 0.0
        return min(1.0, max(by_time, by_steps))

    def steps(self, state: Callable[[], State], report: Callable[[], str]) -> Iterator[int]:
        """Count steps until the budget is spent; print `report()` and save `state()` on the way."""
        saved = printed = last = time.monotonic()
        while self.share < 1:
            yield self.step
            self.step += 1
            now = time.monotonic()
            self.spent += now - last
            last = now
            if now - printed > _PRINT_SECONDS or self.share >= 1:
                printed = now
                left = max(0.0, self.minutes - self.spent / 60)
                print(f"step {self.step}  {report()}  {left:.1f} minutes left", flush=True)
            if now - saved > _SAVE_SECONDS:
                saved = now
                self.save(state())
        self.save(state())


def rate_at(share: float, highest: float, warm_up: float = 0.02) -> float:
    """A short linear warm-up, then a cosine down to a hundredth of `highest`."""
    if share < warm_up:
        return highest * (share + 1e-4) / (warm_up + 1e-4)
    cosine = 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))
    return highest * (0.01 + 0.99 * cosine)


class Average:
    """An exponential moving average of a model's weights (Polyak and Juditsky, 1992)."""

    def __init__(self, model: torch.nn.Module, decay: float = 0.999) -> None:
        self._decay = decay
        self._count = 0
        self.weights = {name: value.detach().clone() for name, value in _floats(model)}

    @torch.no_grad()
    def update(self, model: torch.nn.Module) -> None:
        """Move towards the model; the first steps count for more, as their start is worthless."""
        self._count += 1
        decay = min(self._decay, (1 + self._count) / (10 + self._count))
        for name, value in _floats(model):
            self.weights[name].lerp_(value, 1 - decay)

    def state(self) -> State:
        """What `load` takes."""
        return {"count": self._count, "weights": self.weights}

    def load(self, state: State) -> None:
        """Go on from a saved average."""
        self._count = int(state["count"])
        for name, value in state["weights"].items():
            self.weights[name].copy_(value)

    def copy_to(self, model: torch.nn.Module) -> None:
        """Give `model` the averaged weights."""
        model.load_state_dict(self.weights, strict=False)


def _floats(model: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            yield name, value
