"""Every answer is asked for once, scored at once, and survives a crash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.evaluation import running
from detector.evaluation.answers_table import Condition
from detector.evaluation.asking import ask
from detector.evaluation.contract import Prediction, TestPicture
from detector.evaluation.pictures import of_published
from detector.evaluation.running import Contender, conditions_of, pending, run
from detector.metrics.masks import score_mask
from schemas.errors import CounterfoilError, DatasetError
from storage.files import location
from storage.published import PublishedSet
from storage.reading import read_picture
from tests.detector.evaluation.sets import SIDE, Bright, forged

RESIZE = conditions_of(("resize",))


def contender(predictor: Bright, digest: str = "one") -> Contender:
    return Contender("bright", digest, lambda: predictor)


def test_answers_are_scored_as_the_metrics_score_them(published: PublishedSet) -> None:
    picture = next(one for one in of_published(published, "test") if one.key == "s0049")
    row = next(ask(Bright(), [picture]))
    bright = np.asarray(read_picture(picture.encoded)[0].mean(axis=2) / 255, np.float32)
    score = score_mask(bright, forged())
    assert (row["mask_f1"], row["mask_iou"], row["mask_auc"]) == (score.f1, score.iou, score.auc)
    assert row["mask_area"] == 0.25
    assert (row["label"], row["answer"]) == (1, int(row["probability"] >= 0.5))
    assert row["found"][:4] == b"\x89PNG"


def test_perturbed_pictures_have_moved_masks_and_no_codec_of_their_own(
    published: PublishedSet,
) -> None:
    picture = next(one for one in of_published(published, "test") if one.key == "s0049")
    seen: list[TestPicture] = []

    class Looking(Bright):
        def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
            for one in pictures:
                seen.append(one)
                yield from super().predict([one])

    rows = list(ask(Looking(), [picture], (Condition(), Condition("resize", 0.5))))
    assert [row["level"] for row in rows] == [None, 0.5]
    assert rows[1]["mask_area"] == pytest.approx(0.25)
    assert rows[1]["found"] is None
    assert seen[1].side["width"] == SIDE // 2
    assert read_picture(seen[1].encoded)[0].shape == (SIDE // 2, SIDE // 2, 3)


def test_a_torn_picture_is_a_failure_under_every_condition(published: PublishedSet) -> None:
    picture = replace(next(iter(of_published(published, "test"))), encoded=b"torn")
    rows = list(ask(Bright(), [picture], RESIZE["plain"] + RESIZE["resize"]))
    assert len(rows) == 7
    assert {row["answer"] for row in rows} == {-1}
    assert all(row["problem"] for row in rows)


def test_a_mask_of_another_size_is_named_and_not_scored(published: PublishedSet) -> None:
    class Wide(Bright):
        def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
            for _ in pictures:
                yield Prediction(0.9, mask=np.zeros((4, 9), np.float32))

    row = next(ask(Wide(), of_published(published, "test").at([1])))
    assert "another size" in row["mask_problem"]
    assert "mask_f1" not in row


def test_a_predictor_owes_one_answer_for_each(published: PublishedSet) -> None:
    class Short(Bright):
        def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
            asked = list(pictures)
            yield from super().predict(asked[:-1])

    with pytest.raises(CounterfoilError, match="gave no answer about s0071"):
        list(ask(Short(), of_published(published, "test")))


def test_what_was_answered_before_a_crash_is_not_asked_again(
    published: PublishedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PICTURES_IN_PART", 10)
    pictures, folder = of_published(published, "test"), location(tmp_path / "parts")
    whole = run(contender(Bright()), pictures, RESIZE, location(tmp_path / "whole"))
    assert len(whole) == 24 * 7
    assert whole["sample_id"].to_pylist()[:24] == list(pictures.keys)
    with pytest.raises(KeyboardInterrupt):
        run(contender(Bright(dies=100)), pictures, RESIZE, folder)
    assert pending(contender(Bright()), pictures, RESIZE, folder) == 14 * 7
    later = Bright()
    assert run(contender(later), pictures, RESIZE, folder).equals(whole)
    assert set(later.asked) == set(pictures.keys[10:])
    idle = Bright()
    assert run(contender(idle), pictures, RESIZE, folder).equals(whole)
    assert not idle.asked


def test_only_new_perturbations_are_asked_for_and_another_detector_anew(
    published: PublishedSet, tmp_path: Path
) -> None:
    pictures, folder = of_published(published, "test"), location(tmp_path)
    run(contender(Bright()), pictures, conditions_of(()), folder)
    more = Bright()
    run(contender(more), pictures, RESIZE, folder)
    assert len(more.asked) == 24 * 6
    other = Bright()
    run(contender(other, "two"), pictures, conditions_of(()), folder)
    assert len(other.asked) == 24


def test_an_unknown_perturbation_is_named() -> None:
    with pytest.raises(DatasetError, match="no perturbation 'smudge'; known are jpeg"):
        conditions_of(("smudge",))
    assert len(conditions_of(None)) == 9
