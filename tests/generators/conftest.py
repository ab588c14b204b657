"""Fixtures for the tests of the conformance kit: a toy as the only generator, in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generators import registry
from generators.conformance import construction

Install = Callable[[type[Any]], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Makes a class the only installed generator, named toy."""

    class Entry:
        value = "somewhere:Toy"
        dist = None

        def __init__(self, toy: type[Any]) -> None:
            self.load = lambda: toy

    def install_toy(toy: type[Any]) -> None:
        monkeypatch.setattr(registry, "_entries", lambda: {"toy": Entry(toy)})
        registry.load.cache_clear()

    yield install_toy
    registry.load.cache_clear()


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the second process, which costs a second, where it is not what is tested."""

    def here(*arguments: Any) -> Callable[[], Any]:
        return lambda: construction.attempt_by_name(*arguments)

    monkeypatch.setattr(construction, "elsewhere", here)
