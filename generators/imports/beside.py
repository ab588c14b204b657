"""Reads what lies beside the pictures of a folder: prompts and further columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import yaml

from schemas.errors import GeneratorError

SIDECARS = (".json", ".yml", ".yaml", ".txt")
"""Endings of files that say something of the picture of their stem, in this order."""
FILE_NAME = "file_name"


def read_sidecar(name: str, data: bytes, prompt_column: str) -> dict[str, Any]:
    """What a file beside a picture says; a .txt file is a prompt. Empty where it is no mapping.

    Raises `GeneratorError` where it cannot be parsed.
    """
    text = _text(name, data)
    if name.endswith(".txt"):
        return {prompt_column: text}
    try:
        # Every JSON file is YAML too, but PyYAML reads it a hundred times more slowly.
        value = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise GeneratorError(f"import: {name} cannot be read: {error}") from error
    return {str(key): value[key] for key in value} if isinstance(value, dict) else {}


def read_table(name: str, data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a metadata.csv or metadata.jsonl, each with the path it is about.

    Raises `GeneratorError` where a row is broken or has no `file_name`.
    """
    text = _text(name, data)
    if name.endswith(".csv"):
        rows: list[Any] = list(csv.DictReader(io.StringIO(text, newline="")))
    else:
        rows = [_parsed(name, line) for line in text.splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get(FILE_NAME), str):
            raise GeneratorError(f"import: row {number} of {name} has no {FILE_NAME}")
        yield row[FILE_NAME], {str(key): value for key, value in row.items() if key is not None}


def _parsed(name: str, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise GeneratorError(f"import: a line of {name} is no JSON: {error}") from error


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GeneratorError(f"import: {name} is no UTF-8 text: {error}") from error
