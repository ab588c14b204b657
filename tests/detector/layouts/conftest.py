"""An LMDB that reads from a dictionary, where the package is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

import pytest

Lmdb = Callable[[Mapping[str, Mapping[bytes, bytes]]], None]


@pytest.fixture
def stand_in_lmdb(monkeypatch: pytest.MonkeyPatch) -> Lmdb:
    """Makes `import lmdb` give a module that opens folders by name, from dictionaries."""

    def install(folders: Mapping[str, Mapping[bytes, bytes]]) -> None:
        class Environment:
            def __init__(self, place: str) -> None:
                self._entries = folders[place.rpartition("/")[2]]

            @contextmanager
            def begin(self, write: bool) -> Iterator[Mapping[bytes, bytes]]:
                assert not write
                yield self._entries

            def close(self) -> None:
                pass

        def open_folder(place: str, **options: bool) -> Environment:
            assert options["readonly"]
            assert not options["lock"]
            return Environment(place)

        module = ModuleType("lmdb")
        module.__dict__.update(open=open_folder, Error=OSError)
        monkeypatch.setitem(sys.modules, "lmdb", module)

    return install
