"""One small build that the tests of this folder share. They must not change it."""

from __future__ import annotations

import pytest

from flows.run import Run, start_run
from tests.flows.small import build_plainly, small_recipe


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The finished run."""
    folder = str(tmp_path_factory.mktemp("runs") / "small")
    start_run(folder, small_recipe())
    return build_plainly(folder)
