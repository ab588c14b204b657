"""Answers of a detector that fails where it is told to, on rows that nobody published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from detector.mining.answers import Answer
from detector.mining.cases import Case, join_cases
from detector.mining.makers import Maker, Sized
from schemas.recipe.forge import ForgeEntry

JPEG = {"format": "JPEG", "subsampling": "4:2:0", "saves": 1, "lossless": False}


def row(name: str, operation: str | None, **facts: Any) -> dict[str, Any]:
    """A published row."""
    area = facts.pop("area", None)
    return {
        "sample_id": name,
        "domain": "natural",
        "operation": operation,
        "generator": operation,
        "group_id": f"group of {name}",
        "codec": {**JPEG, "quality": facts.pop("quality", 95)},
        "parameters": "{}",
        "quality": {"changed_area": area, "applied_area": None},
        "attribution": "somebody",
        "split": "validation",
        **facts,
    }


def weak_spot(seed: int = 0) -> tuple[Case, ...]:
    """1,200 fakes of which one in twenty is missed, but four of five small splices in poor JPEG."""
    rng = np.random.default_rng(seed)
    rows, answers = [], []
    for number in range(1200):
        operation = ("splice", "copy_move", "inpaint_remove")[number % 3]
        area, quality = rng.choice([0.01, 0.05, 0.2]), int(rng.choice([60, 80, 95]))
        weak = operation == "splice" and area < 0.02 and quality == 60
        found = rng.random() > (0.8 if weak else 0.05)
        rows.append(row(f"f{number:04}", operation, area=float(area), quality=quality))
        answers.append(Answer(f"f{number:04}", True, bool(found)))
    return join_cases(answers, rows, "made")


def makers() -> Iterator[Maker]:
    """Entries that make these operations, each told the size in its own way."""
    told: dict[str, Sized] = {"splice": "option", "copy_move": "", "inpaint_remove": "mask"}
    for operation, sized in told.items():
        entry = ForgeEntry(generator=operation, count=5)
        yield Maker(entry, operation, ("natural",), sized=sized)
