"""MMFR and LOKI: what was written of pictures comes with them, and lists are checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.layouts.contract import take_census
from detector.layouts.loki import Loki
from detector.layouts.mmfr import Mmfr
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label
from tests.detector.layouts import trees


def test_mmfr_attributes_belong_to_their_pictures(tmp_path: Path) -> None:
    samples = {s.key: s for s in Mmfr().samples(trees.mmfr(tmp_path))}
    assert list(samples) == ["flux/0_real/a.jpg", "flux/1_fake/b.png", "flux/1_fake/c.png"]
    fake = samples["flux/1_fake/b.png"]
    assert dict(fake.attributes) == {"Anomalous Image Texture": "The skin is waxy."}
    assert (fake.reasoning, fake.generator) == ("The skin is waxy.", "flux")
    real = samples["flux/0_real/a.jpg"]
    assert (real.label, real.generator, real.operation) == (Label.REAL, "", "")
    assert not samples["flux/1_fake/c.png"].attributes


def test_mmfr_training_carries_the_chain_of_thought(tmp_path: Path) -> None:
    fake, real = Mmfr().samples(trees.mmfr(tmp_path), "train")
    assert fake.key == "diffusiondb/part-000001/x.png"
    assert (fake.label, real.label) == (Label.FAKE, Label.REAL)
    assert fake.caption == "A street."
    assert fake.reasoning == "From low-level perspective: blurred."
    assert dict(fake.attributes) == {"Anomalous Image Texture": "The skin is waxy."}


def test_mmfr_counts_what_is_listed_and_absent(tmp_path: Path) -> None:
    trees.mmfr(tmp_path)
    (tmp_path / "evaluation_sets/flux/1_fake/b.png").unlink()
    (tmp_path / "laion/00000/000000001.jpg").unlink()
    census = take_census(Mmfr().samples(tmp_path))
    assert (census.fake, list(census.unreadable)) == (1, ["flux/1_fake/b.png"])
    assert "unpack" in census.unreadable["flux/1_fake/b.png"]
    census = take_census(Mmfr().samples(tmp_path, "train"))
    assert list(census.unreadable) == ["laion/00000/000000001.jpg"]


def test_mmfr_refuses_files_that_it_cannot_place(tmp_path: Path) -> None:
    trees.mmfr(tmp_path)
    reasoning = tmp_path / "evaluation_sets/flux_reasoning.json"
    reasoning.write_text(json.dumps({"flux/b.png": {}}))
    with pytest.raises(StorageError, match="in none of 0_real, 1_fake"):
        list(Mmfr().samples(tmp_path))
    reasoning.write_text("{")
    with pytest.raises(StorageError, match="no valid JSON"):
        list(Mmfr().samples(tmp_path))
    (tmp_path / "forgery_reasoning_cot.json").write_text(json.dumps([{"image": "a"}]))
    with pytest.raises(StorageError, match="entry 0"):
        list(Mmfr().samples(tmp_path, "train"))


def test_mmfr_distrusts_a_conclusion_against_the_folder(tmp_path: Path) -> None:
    trees.mmfr(tmp_path)
    path = tmp_path / "forgery_reasoning_cot.json"
    path.write_text(path.read_text().replace("This image is real", "This image is fake"))
    census = take_census(Mmfr().samples(tmp_path, "train"))
    assert "among the real pictures" in census.unreadable["laion/00000/000000001.jpg"]


def test_loki_asks_twice_and_gives_each_picture_once(tmp_path: Path) -> None:
    layout = Loki()
    assert layout.splits(trees.loki(tmp_path)) == ("image_tf_0922",)
    real, page, scene = layout.samples(tmp_path)
    assert [s.label for s in (real, page, scene)] == [Label.REAL, Label.FAKE, Label.FAKE]
    assert [s.domain for s in (page, scene)] == [Domain.DOCUMENT, Domain.AIGC]
    assert scene.reasoning == "The sky is odd. Six fingers."
    assert page.reasoning == ""
    assert scene.image == tmp_path / "FakeImage_dataset/scene/3.jpg"


def test_loki_counts_contradictions_and_absent_pictures(tmp_path: Path) -> None:
    path = trees.loki(tmp_path) / "data/image/image_tf_0922.json"
    questions = json.loads(path.read_text())
    questions[1]["answer"] = "No"
    path.write_text(json.dumps(questions))
    (tmp_path / "FakeImage_dataset/scene/3.jpg").unlink()
    problems = take_census(Loki().samples(tmp_path)).unreadable.values()
    assert [problem.split(";")[-1] for problem in problems] == [
        "the answers to its questions contradict one another",
        " unpack the archive that holds it or move it there",
    ]


@pytest.mark.parametrize("change", [{"answer": "Perhaps"}, {"question_type": "which_model"}])
def test_loki_refuses_questions_of_another_kind(tmp_path: Path, change: dict[str, str]) -> None:
    path = trees.loki(tmp_path) / "data/image/image_tf_0922.json"
    questions = json.loads(path.read_text())
    questions[0] |= change
    path.write_text(json.dumps(questions))
    with pytest.raises(StorageError, match="doc_fake_0 does not ask for real or fake"):
        list(Loki().samples(tmp_path))
