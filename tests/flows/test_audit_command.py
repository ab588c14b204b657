"""`counterfoil audit` reads any set, writes its page, and fails where the set is told apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from PIL import Image

from flows.auditing.features import gather_features
from flows.auditing.labelling import Labelling
from flows.commands.audit import run_audit_command
from schemas.errors import DatasetError
from schemas.shortcuts import SIDE_FAMILIES, AuditReport
from schemas.vocabulary import Label
from storage.picture_sets.contract import StoredPicture

Encode = Callable[[Image.Image], bytes]


def jpeg(quality: int) -> Encode:
    def encode(image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()

    return encode


def picture(number: int) -> Image.Image:
    rng = np.random.default_rng(number)
    small = rng.integers(0, 255, (6, 8, 3), np.uint8)
    return Image.fromarray(small).resize((96 + number % 7, 80 + number % 5))


def folder(path: Path, real: Encode, fake: Encode, count: int = 40) -> Path:
    for number in range(count):
        for place, encode in (("real", real), (f"fake/{'ab'[number % 2]}", fake)):
            (path / place).mkdir(parents=True, exist_ok=True)
            (path / place / f"{number}.jpg").write_bytes(encode(picture(number)))
    return path


def test_a_shortcut_in_a_folder_fails_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(tmp_path / "set", jpeg(96), jpeg(95))
    (place / "fake" / "a" / "torn.jpg").write_bytes(b"\xff\xd8 nothing")
    page, report = tmp_path / "out" / "page.html", tmp_path / "report.json"
    with pytest.raises(typer.Exit) as caught:
        run_audit_command(str(place), html=str(page), json=str(report), workers=1)
    assert caught.value.exit_code == 1
    told = capsys.readouterr().out
    assert "Refused" in told
    assert "JPEG quality" in told
    assert "torn.jpg" in told
    assert "Refused" in page.read_text()
    assert str(tmp_path) not in page.read_text()
    found = AuditReport.model_validate_json(report.read_text())
    assert found.findings[0].feature == "quality"
    assert (found.n_rows, found.n_fake, found.n_groups) == (80, 40, 40)
    assert [one.name for one in found.slices] == ["a", "b"]


def test_a_matched_folder_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_audit_command(str(folder(tmp_path / "set", jpeg(90), jpeg(90))), workers=1)
    assert "Passed" in capsys.readouterr().out


def test_parquet_with_columns_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"image": {"bytes": jpeg(q)(picture(n)), "path": None}, "kind": kind, "person": f"p{n}"}
        for n in range(30)
        for kind, q in (("camera", 92), ("gan", 75))
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "set.parquet")
    with pytest.raises(typer.Exit):
        run_audit_command(
            str(tmp_path / "set.parquet"),
            label_column="kind",
            group_column="person",
            real=("camera",),
            fake=("gan",),
            workers=1,
        )
    assert "JPEG quality" in capsys.readouterr().out


def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path) -> None:
    place = folder(tmp_path / "set", jpeg(90), jpeg(90), 4)
    (place / "fake").rename(place / "midjourney")
    with pytest.raises(DatasetError, match=r"no label.*midjourney.*--fake"):
        run_audit_command(str(place), workers=1)
    whole = tmp_path / "reals"
    whole.mkdir()
    (place / "real").rename(whole / "real")
    with pytest.raises(DatasetError, match=r"has no fake pictures.*--fake"):
        run_audit_command(str(whole), workers=1)


@dataclass(frozen=True)
class InMemory:
    """A set of two pieces."""

    name: str
    rows: tuple[StoredPicture, ...]

    def pieces(self) -> Sequence[str]:
        return ("0", "1")

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        yield from self.rows[int(piece) :: 2]

    def stamp(self, piece: str) -> str:
        return ""


def test_features_come_in_the_order_of_the_set_from_one_process_or_two() -> None:
    rows = tuple(
        StoredPicture(
            f"{number}",
            jpeg(90)(picture(number)) if number % 5 else b"",
            {"label": number % 2, "source_id": f"s{number // 2}", "codec": {"saves": 2}},
            "" if number % 5 else "its row holds no picture",
        )
        for number in range(20)
    )
    alone = gather_features(InMemory("made", rows), Labelling(), SIDE_FAMILIES, workers=1)
    both = gather_features(InMemory("made", rows), Labelling(), SIDE_FAMILIES, workers=2)
    assert alone == both
    assert alone.n_unread == 4
    assert alone.unread[0].reason == "its row holds no picture"
    assert alone.table["key"].to_pylist()[:2] == ["2", "4"]
    assert set(alone.table["saves"].to_pylist()) == {2.0}
    assert alone.table.num_rows == 16


@pytest.mark.parametrize(
    ("key", "facts", "label", "generator"),
    [
        ("sdv5/train/ai/1.png", {}, Label.FAKE, "sdv5"),
        ("sdv5/train/nature/1.png", {}, Label.REAL, "sdv5"),
        ("1_fake/progan/1.png", {}, Label.FAKE, "progan"),
        ("x", {"label": "fake", "generator": "flux"}, Label.FAKE, "flux"),
        ("x", {"label": 0}, Label.REAL, ""),
        ("x", {"is_real": True}, Label.REAL, ""),
        ("x", {"is_fake": 1.0}, Label.FAKE, ""),
        ("x/1.png", {}, None, "x"),
        ("fake/1.png", {"label": "cat"}, Label.FAKE, ""),
    ],
)
def test_labels_stand_where_people_put_them(
    key: str, facts: dict[str, object], label: Label | None, generator: str
) -> None:
    one = StoredPicture(key, b"", facts)
    assert Labelling().label(one) is label
    assert Labelling().generator(one) == generator


def test_names_of_ones_own_take_the_place_of_the_usual_ones() -> None:
    own = Labelling(real=("camera",), fake=("0",))
    assert own.label(StoredPicture("Camera/1.png", b"")) is Label.REAL
    assert own.label(StoredPicture("x", b"", {"label": 0})) is Label.FAKE
    assert own.label(StoredPicture("real/1.png", b"")) is None
    assert Labelling("kind").label(StoredPicture("real/1.png", b"")) is None
