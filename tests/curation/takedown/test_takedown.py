"""What was taken down stays out: by id, by file, by looks, by name, with all that came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from curation.fingerprints.orientations import orientations
from curation.fingerprints.phash import fingerprint, to_hex
from curation.takedown.listing import append_tombstones, read_tombstones
from curation.takedown.matching import derived, taken_down
from schemas.errors import StorageError
from schemas.picture import Pixels
from schemas.tombstones import Tombstone, parse_tombstones


def stone(**facts: Any) -> Tombstone:
    return Tombstone.model_validate({"reason": "the author asked.", "date": "2026-03-04", **facts})


def _picture(name: str) -> Pixels:
    return np.asarray(getattr(data, name)())


@pytest.mark.parametrize(
    ("facts", "row", "how"),
    [
        ({"source_id": "src-a"}, {}, "this very picture"),
        ({"sample_id": "src-a"}, {}, "this very picture"),
        ({"origin": "trip/1.jpg"}, {"origin": "trip/1.jpg"}, "cut from this file"),
        ({"sha256": "ab" * 32}, {"sha256": "ab" * 32}, "this very file"),
        ({"attribution": "Ann  Lee"}, {"attribution": "Photo: ann lee; Bob"}, "by Ann  Lee"),
        ({"fingerprint": "00" * 8}, {"fingerprint": "00" * 7 + "01"}, "a copy, 1 bit away"),
        ({"fingerprint": "ff" * 8, "turned": ["00" * 8]}, {"fingerprint": "00" * 8}, "a copy"),
    ],
)
def test_each_identifying_field_is_enough(
    facts: dict[str, Any], row: dict[str, Any], how: str
) -> None:
    rows = [{"source_id": "src-a", **row}, {"source_id": "src-b", "origin": "trip/2.jpg",
            "fingerprint": "0f" * 8, "attribution": "Ann Leeson", "sha256": None}]  # fmt: skip
    assert taken_down(rows, [stone(**facts)]) == {"src-a": f"{how}: the author asked (2026-03-04)"}


def test_the_radius_is_each_tombstones_own_and_the_nearest_one_is_named() -> None:
    rows = [{"source_id": "a", "fingerprint": "00" * 7 + "07"}]
    narrow = stone(fingerprint="00" * 8, radius=2, reason="narrow")
    assert taken_down(rows, [narrow]) == {}
    near = stone(fingerprint="00" * 7 + "03", reason="near")
    far = stone(fingerprint="00" * 8, reason="far")
    assert taken_down(rows, [narrow, far, near])["a"].startswith("a copy, 1 bit away: near")
    exact = stone(source_id="a", reason="exact")
    assert "exact" in taken_down(rows, [far, near, exact])["a"]


def test_a_copy_in_another_encoding_mirrored_or_smaller_is_found() -> None:
    picture = _picture("coffee")
    upright, *turned = (to_hex(look) for look in orientations(picture))
    tombstones = [stone(fingerprint=upright, turned=turned)]
    _, jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])
    again = np.ascontiguousarray(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))[..., ::-1])
    copies = {
        "jpeg": again,
        "small": np.asarray(cv2.resize(again, (260, 173), interpolation=cv2.INTER_AREA)),
        "mirrored": np.ascontiguousarray(again[:, ::-1]),
        "turned": np.ascontiguousarray(np.rot90(again)),
        "another": _picture("chelsea"),
    }
    rows = [
        {"source_id": name, "fingerprint": to_hex(fingerprint(pixels))}
        for name, pixels in copies.items()
    ]
    assert set(taken_down(rows, tombstones)) == {"jpeg", "small", "mirrored", "turned"}


_IDS = st.integers(0, 9).map(str)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "source_id": st.none() | _IDS,
                "second_source_id": st.none() | _IDS,
                "twin_of": st.none() | _IDS,
            }
        ),
        max_size=10,
    ),
    st.sets(_IDS, max_size=3),
)
def test_nothing_that_stays_was_made_from_what_goes(
    facts: list[dict[str, Any]], taken: set[str]
) -> None:
    rows = [{"sample_id": str(place), **row} for place, row in enumerate(facts)]
    made = derived(rows, taken)
    gone = taken | made.keys()
    assert not taken & made.keys()
    links = ("source_id", "second_source_id", "twin_of")
    for row in rows:
        if row["sample_id"] not in gone:
            assert not gone & {row[link] for link in links}
        elif row["sample_id"] in made:
            assert gone & {row[link] for link in links}


@pytest.mark.parametrize("name", ["gone.jsonl", "gone.yaml"])
def test_a_list_is_added_to_and_never_twice(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    first, second = stone(source_id="a", asked_by="Zoë"), stone(origin="b.jpg", turned=["00" * 8])
    assert append_tombstones(path, [first, first]) == 1
    if name.endswith("yaml"):
        Path(path).write_text("# kept\n" + Path(path).read_text(encoding="utf-8"), "utf-8")
    assert append_tombstones(path, [first.model_copy(update={"reason": "again"}), second]) == 1
    assert read_tombstones(path) == (first, second)
    assert name.endswith("jsonl") or Path(path).read_text(encoding="utf-8").startswith("# kept")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"reason": "x", "date": "2026-01-01"}', "say what is taken down"),
        ('{"source_id": "a", "date": "2026-01-01"}', "reason"),
        ('{"source_id": "a", "reason": "x", "date": "yesterday"}', "isoformat"),
        ('{"fingerprint": "zz", "reason": "x", "date": "2026-01-01"}', "fingerprint"),
        ('{"source_id": "a", "reason": "x", "date": "2026-01-01", "turned": ["1"]}', "turned"),
        ("just words", "must be a list"),
        ("{broken", "neither"),
    ],
)
def test_a_wrong_list_says_where(text: str, said: str) -> None:
    with pytest.raises(StorageError, match=said):
        parse_tombstones(text, "gone.jsonl")
    assert parse_tombstones("", "gone.jsonl") == ()


def test_a_list_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    before = "[{source_id: a, reason: x, date: '2026-01-01'}]\n"
    path.write_text(before)
    with pytest.raises(StorageError, match="cannot be added to"):
        append_tombstones(str(path), [stone(source_id="b")])
    assert path.read_text() == before
    with pytest.raises(StorageError, match="reading"):
        read_tombstones(str(tmp_path / "none.jsonl"))
