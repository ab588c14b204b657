"""A small published set for all tests of this room."""

from __future__ import annotations

import pytest

from storage.published import PublishedSet
from tests.detector.evaluation.sets import published_set


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return published_set(tmp_path_factory.mktemp("set"))
