"""What is noted of a picture: what its set says of it, and what one look at the file tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from curation.fingerprints import files
from curation.fingerprints.files import print_file
from curation.fingerprints.phash import to_hex
from flows.duplicates.prints import Wanted, print_piece
from storage.codecs import encode_jpeg
from storage.picture_sets.contract import StoredPicture

FILE = encode_jpeg(np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8), 80, "4:2:0")
FACTS = {
    "sample_id": "s1",
    "fingerprint": to_hex(7),
    "width": 120,
    "height": 90,
    "codec": {"format": "JPEG", "quality": 81, "lossless": False},
}


class One:
    """A set of one picture."""

    name = "one"

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    def pieces(self) -> Sequence[str]:
        return ("all",)

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        yield StoredPicture("a", FILE, self.facts)

    def stamp(self, piece: str) -> str:
        return ""


@pytest.mark.parametrize("facts", [{}, FACTS], ids=["bare file", "one of our sets"])
@pytest.mark.parametrize("orientations", [False, True])
def test_a_file_is_looked_at_once_and_only_where_its_set_does_not_say_enough(
    facts: Mapping[str, Any], orientations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    look = files._look

    def counted(data: bytes, described: bool) -> Any:
        looks.append(data)
        return look(data, described)

    monkeypatch.setattr(files, "_look", counted)
    (row,) = print_piece(One(facts), "all", Wanted(orientations)).to_pylist()
    assert len(looks) == (orientations or not facts)
    monkeypatch.undo()
    expected = print_file(FILE, orientations=orientations)
    assert row["quality"] == (81 if facts else 80)
    assert (row["width"], row["height"], row["format"]) == (120, 90, "JPEG")
    assert row["orientations"] == (list(expected.orientations) if orientations else None)
    assert row["fingerprint"] == (7 if facts and not orientations else expected.fingerprint)
