"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Torch's threads spin while they wait for one another, which on a busy machine costs minutes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures beside the checkout; tests that need them skip where they are absent."""
    folder = (
        Path(os.environ.get("COUNTERFOIL_TEST_DATA", ""))
        if os.environ.get("COUNTERFOIL_TEST_DATA")
        else Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    if not (folder / "README.md").is_file():
        pytest.skip("the shared test pictures are not beside this checkout")
    return folder
