"""What all tests of baselines ask for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detector.baselines.made_sets import Maker


@pytest.fixture
def streamed() -> Maker:
    """Turns a list into the callable that baselines read a training set by."""
    return lambda pictures: lambda: iter(pictures)


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for every test."""
    return np.random.default_rng(20)
