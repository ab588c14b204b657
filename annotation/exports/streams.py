"""Writes JSON files entry by entry, as `json` writes them whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from upath import UPath

from storage.files import writing

_INDENT = 4


@contextmanager
def json_object(path: UPath) -> Iterator[Callable[[str, Any], None]]:
    """A function that adds a key and its value to the object in `path`.

    The file appears whole when the block ends well: byte for byte what `json.dump` writes with
    `ensure_ascii=False` and an indent of 4, without that the object was ever in memory.
    """
    with _container(path, "{", "}") as add:
        yield lambda key, value: add({key: value})


@contextmanager
def json_list(path: UPath) -> Iterator[Callable[[Any], None]]:
    """As `json_object`, for a list."""
    with _container(path, "[", "]") as add:
        yield lambda value: add([value])


@contextmanager
def json_lines(path: UPath) -> Iterator[Callable[[Any], None]]:
    """A function that adds a value in a line of its own; the file appears as with the others."""
    with writing(path) as file:

        def add(value: Any) -> None:
            file.write((json.dumps(value, ensure_ascii=False) + "\n").encode())

        yield add


@contextmanager
def _container(path: UPath, opening: str, closing: str) -> Iterator[Callable[[Any], None]]:
    with writing(path) as file:
        empty = True

        def add(one: Any) -> None:
            nonlocal empty
            text = json.dumps(one, ensure_ascii=False, indent=_INDENT)
            # The entry without the brackets around it and the line breaks inside of those.
            file.write(((opening if empty else ",") + text[1:-2]).encode())
            empty = False

        yield add
        file.write((opening + closing if empty else "\n" + closing).encode())
