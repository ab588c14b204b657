"""Plans are made for generators that only have specs."""

from __future__ import annotations

import pytest

from generators.planning import entries as planning_entries
from tests.generators.planning.planned import Fake, FakeImport


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        planning_entries,
        "create",
        lambda name, options: (FakeImport if name == "bring" else Fake)(name),
    )
