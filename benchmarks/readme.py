"""Where tables of measurements stand in the README: between two marks, written by who measured."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def write(name: str, text: str) -> None:
    """Put a measured text between the marks of `name` in README.md."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end of measured: {name} -->"
    before, rest = README.read_text().split(begin)
    README.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")
