"""Keeps what is written out of the folders that pictures are read from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from schemas.errors import CounterfoilError
from storage.files import is_local, location


def refuse_within(out: str, paths: Iterable[str]) -> None:
    """Raise `CounterfoilError` where `out` lies in one of the folders `paths`.

    The next run would take the sheets there for pictures of the set.
    """
    if not is_local(location(out)):
        return
    folder = Path(os.path.realpath(os.path.expanduser(out)))
    for path in paths:
        source = Path(os.path.realpath(os.path.expanduser(path)))
        if source.is_dir() and folder.is_relative_to(source):
            raise CounterfoilError(
                f"--out {out} lies within {path}, where its sheets would be taken for pictures: "
                "choose a folder beside it"
            )
