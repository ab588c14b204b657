"""A folder of pictures among files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.folder.pictures import (
    saved,
    textured,
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four good pictures at two depths among files that are none."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (folder / "a.png").write_bytes(saved(textured(1)))
    (folder / "B.JPG").write_bytes(saved(textured(2), "JPEG"))
    (folder / "sub" / "c.webp").write_bytes(saved(textured(3), "WEBP"))
    (folder / "sub" / "d.Tiff").write_bytes(saved(textured(4), "TIFF"))
    (folder / "notes.txt").write_text("not a picture, and not named like one")
    (folder / "a.words.json").write_text("[]")
    (folder / ".cache" / "e.png").write_bytes(saved(textured(5)))
    return folder
