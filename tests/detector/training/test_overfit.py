"""Learning by heart: the whole way from the shards to what is written and drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.overfit import overfit, recipe_of
from detector.model.config import Views
from detector.model.tiny import small_config
from tests.detector.training.made_lessons import made_set


@pytest.mark.slow
def test_learns_64_pictures_by_heart(tmp_path: Path) -> None:
    # The tiny set at the size of these pictures: two patches a side.
    detector = small_config(
        language=True, size=64, views=Views(kind="whole"), probability_head=False
    )
    published = made_set(tmp_path / "set", train=64, validation=0)
    learnt = overfit(
        published, recipe_of(64, 140, detector), tmp_path / "detector", Console(quiet=True)
    )
    assert (learnt.pictures, learnt.masks) == (64, 32)
    assert learnt.verdicts == 1
    assert learnt.texts == 1
    assert learnt.iou >= 0.9
