"""The MMFR export is read by a reader of MMFR's published layout, and by our own importer."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from upath import UPath

from annotation.exports import Exported, export_mmfr, published_rows
from annotation.exports.mmfr import UNPAIRED
from generators.imports import Import
from generators.imports.mmfr import is_mmfr
from generators.imports.options import ImportOptions
from schemas.errors import StorageError
from schemas.job import Forgery, Job
from tests.annotation.exports.published import CAPTION, published

FORGED = (
    "Inconsistent Lighting and Shadows",
    "Irregular Image Edges",
    "Anomalous Image Texture",
    "Low Image Quality",
    "Semantic Irrationality",
)
AUTHENTIC = (
    "Consistent Lighting and Shadows",
    "Smooth and Natural Image Edges",
    "Natural and Consistent Image Texture",
    "High Image Quality",
    "Semantic Rationality",
)


@dataclass(frozen=True)
class Item:
    """A picture as a reader of MMFR-Dataset sees it. `label`: 1 is fake."""

    image: bytes
    label: int
    reasoning: dict[str, str | None]
    reference: str


def evaluation_items(root: Path, generator: str) -> Iterator[Item]:
    """As MMFR's evaluation reads a set: keys are paths, and their folders tell the label."""
    folder = root / "evaluation_sets" / generator
    told = json.loads((folder / f"{generator}_reasoning.json").read_text(encoding="utf-8"))
    labels = {"0_real": 0, "1_fake": 1}
    for key, reasoning in told.items():
        (label,) = (value for name, value in labels.items() if name in key)
        reference = " ".join(reasoning[a] for a in sorted(reasoning) if reasoning[a] is not None)
        yield Item((folder.parent / key).read_bytes(), label, reasoning, reference)


def training_items(root: Path) -> Iterator[tuple[str, Item, str, str]]:
    """As MMFR's trainer reads its list: the path, the item, the question, the answer."""
    told: dict[str, Any] = {}
    for name in ("diffusiondb", "laion"):
        file = root / name / f"{name}_reasoning.json"
        told |= json.loads(file.read_text(encoding="utf-8"))
    for entry in json.loads((root / "forgery_reasoning_cot.json").read_text(encoding="utf-8")):
        question, answer = entry["conversations"]
        assert (question["from"], answer["from"]) == ("human", "gpt")
        conclusion = re.search(r"<CONCLUSION>(.*?)</CONCLUSION>", answer["value"], re.DOTALL)
        assert conclusion is not None
        image = (root / entry["image"]).read_bytes()
        item = Item(image, int("fake" in conclusion[1]), told[entry["image"]], "")
        yield entry["image"], item, question["value"], answer["value"]


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, Exported]:
    root = tmp_path / "mmfr"
    found = export_mmfr(published_rows(published(tmp_path / "set")), UPath(root))
    return root, found


def test_a_reader_of_the_published_layout_reads_the_evaluation_sets(
    exported: tuple[Path, Exported],
) -> None:
    root, _ = exported
    for generator, pairs in (("splice", 3), ("copy_move", 2)):
        items = list(evaluation_items(root, generator))
        assert [item.label for item in items].count(0) == pairs
        assert [item.label for item in items].count(1) == pairs
        assert len({item.image for item in items}) == 2 * pairs
        for item in items:
            assert tuple(item.reasoning) == (FORGED if item.label else AUTHENTIC)
            assert [text is None for text in item.reasoning.values()] == [
                True,
                True,
                False,
                True,
                False,
            ]
            assert item.reference.count("größer < kleiner.") == 2
            assert Image.open(io.BytesIO(item.image)).size == (72, 72)


def test_a_reader_of_the_published_layout_reads_the_training_set(
    exported: tuple[Path, Exported],
) -> None:
    root, _ = exported
    items = list(training_items(root))
    assert [item.label for _, item, *_ in items].count(1) == 7
    assert [item.label for _, item, *_ in items].count(0) == 6
    for path, item, question, answer in items:
        name = r"diffusiondb/part-\d{6}/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
        name += r"[0-9a-f]{12}" if item.label else ""
        pattern = rf"{name}\.(png|jpg)" if item.label else r"laion/\d{5}/\d{9}\.(png|jpg)"
        assert re.fullmatch(pattern, path)
        assert path.endswith("png") is item.image.startswith(b"\x89PNG")
        assert question == (
            "<image>\nIs this image real or fake? Please describe the image, reasoning "
            "step-by-step and conclude with 'this image is real' or 'this image is fake'."
        )
        word = "fake" if item.label else "real"
        assert answer.startswith("<SUMMARY> I will determine if the image is real or fake by ")
        assert answer.endswith(f" </REASONING> <CONCLUSION> This image is {word}. </CONCLUSION>")
        tags = re.findall(r"<(/?[A-Z]+)>", answer)
        assert tags == [
            slash + tag
            for tag in ("SUMMARY", "CAPTION", "REASONING", "CONCLUSION")
            for slash in ("", "/")
        ]
        caption = CAPTION.replace("<", "‹").replace(">", "›")
        assert f"<CAPTION> {caption} </CAPTION>" in answer
        reasoning = answer.partition("<REASONING> ")[2].partition(" </REASONING>")[0]
        low, high = reasoning.removeprefix("From low-level perspective: ").split(
            " From high-level perspective: "
        )
        texture, semantics = (text for text in item.reasoning.values() if text is not None)
        assert (low, high) == (texture.replace("<", "‹"), semantics.replace("<", "‹"))


def test_files_are_written_as_json_writes_them(exported: tuple[Path, Exported]) -> None:
    root, found = exported
    assert set(found.files) == {
        "diffusiondb/diffusiondb_reasoning.json",
        "laion/laion_reasoning.json",
        "evaluation_sets/splice/splice_reasoning.json",
        "evaluation_sets/copy_move/copy_move_reasoning.json",
        "forgery_reasoning_cot.json",
    }
    for name in found.files:
        text = (root / name).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=4)
        assert "größer" in text
    pictures = [p for p in root.rglob("*") if p.suffix in {".png", ".jpg"}]
    assert len(pictures) == found.pictures == 13 + 10
    assert found.left_out == {"the split validation is neither for training nor for evaluation": 2}


def test_our_own_importer_reads_it(exported: tuple[Path, Exported]) -> None:
    root, _ = exported
    assert is_mmfr(UPath(root))
    for name, count in (("splice", 3), ("copy_move", 2), ("diffusiondb", 7)):
        generator = Import(ImportOptions(path=str(root), generator=name))
        jobs = [
            Job(f"job-{i.name}", "text_to_image", 1, None, prompt=i.prompt, item=i.name)
            for i in generator.items(100)
        ]
        forgeries = list(generator.forge(jobs))
        assert len(forgeries) == count
        for forgery in forgeries:
            assert isinstance(forgery, Forgery)
            assert set(forgery.parameters["mmfr_reasoning"]) == {
                "Anomalous Image Texture",
                "Semantic Irrationality",
            }
            assert ("mmfr_answer" in forgery.parameters) is (name == "diffusiondb")


def test_sources_come_first_and_what_finds_no_partner_is_counted(tmp_path: Path) -> None:
    rows = published_rows(published(tmp_path / "set"))
    root = tmp_path / "mmfr"
    found = export_mmfr(rows, UPath(root), training=(), evaluation=("test",), by="operation")
    # Five forgeries of one operation, and but four real pictures.
    assert found.left_out[UNPAIRED] == 1
    assert len(list(evaluation_items(root, "local_splice"))) == 8
    assert json.loads((root / "forgery_reasoning_cot.json").read_text()) == []
    other = tmp_path / "other"
    export_mmfr(rows, UPath(other), by="generator_model")
    assert (other / "evaluation_sets" / "lab_model_one" / "1_fake").is_dir()


def test_an_export_goes_on_where_it_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = published_rows(published(tmp_path / "set"))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    export_mmfr(rows, UPath(whole))
    calls = 0

    def failing(columns: Any) -> Iterator[Any]:
        nonlocal calls
        calls += 1
        for number, one in enumerate(rows(columns)):
            if calls == 2 and number == 9:
                raise KeyboardInterrupt
            yield one

    with pytest.raises(KeyboardInterrupt):
        export_mmfr(failing, UPath(broken))
    assert not list(broken.rglob("*.json"))
    written = {p: p.stat().st_mtime_ns for p in broken.rglob("*") if p.is_file()}
    assert len(written) == 9
    export_mmfr(rows, UPath(broken))
    assert {p: p.stat().st_mtime_ns for p in written} == written
    files = {p.relative_to(whole) for p in whole.rglob("*")}
    assert files == {p.relative_to(broken) for p in broken.rglob("*")}
    for name in files:
        if (whole / name).is_file():
            assert (whole / name).read_bytes() == (broken / name).read_bytes()


def test_pictures_of_others_are_not_taken_for_ours(tmp_path: Path) -> None:
    rows = published_rows(published(tmp_path / "set"))
    root = tmp_path / "mmfr"
    stranger = root / "laion" / "00000" / "000099999.jpg"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"another's")
    with pytest.raises(StorageError, match=r"laion/00000/000099999\.jpg"):
        export_mmfr(rows, UPath(root))
