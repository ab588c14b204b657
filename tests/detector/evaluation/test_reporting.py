"""The report of a table of answers says what the metrics say, and names what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from upath import UPath

from detector.evaluation.answers_table import KEPT, PUBLISHED
from detector.evaluation.asking import ask
from detector.evaluation.comparison import compare, difference, to_json, to_markdown
from detector.evaluation.pictures import PublishedPictures, of_published
from detector.evaluation.reporting import Measured, evaluation_of, predictions_of
from detector.evaluation.running import conditions_of
from detector.evaluation.writing import write_evaluation
from detector.metrics.detection import detection
from detector.metrics.masks import mask_report
from detector.metrics.predictions import Predictions
from detector.metrics.report import Evaluation
from detector.metrics.report_tables import Named
from storage.published import PublishedSet
from storage.reading import read_picture
from tests.detector.evaluation.sets import Bright, chain

MEASURED = Measured("a set", "test", {"lost": "its file is gone"}, paper=True, seed=3)


@pytest.fixture(scope="module")
def pictures(published: PublishedSet) -> PublishedPictures:
    return of_published(published, "test")


@pytest.fixture(scope="module")
def table(pictures: PublishedPictures) -> pa.Table:
    stages = conditions_of(("jpeg",))
    rows = list(ask(Bright(), pictures, [one for stage in stages.values() for one in stage]))
    missed = next(row for row in rows if row["sample_id"] == "s0049")
    missed |= {"probability": 0.2, "text": chain(False), "answer": 0}
    rows[0] |= {"text": "I cannot say.", "answer": -1, "problem": "no verdict in its text"}
    return pa.Table.from_pylist(rows, KEPT)


def test_a_report_has_the_figures_of_the_metrics(
    table: pa.Table, pictures: PublishedPictures
) -> None:
    report = evaluation_of("bright", table, MEASURED)
    plain = table.filter(pa.compute.equal(table["perturbation"], ""))
    assert report.detection == detection(predictions_of(plain))
    assert report.detection.failures == 1
    pairs = [(read_picture(one.encoded)[0].mean(axis=2) / 255, one.mask()) for one in pictures]
    expected = mask_report(
        (np.asarray(said, np.float32), truth) for said, truth in pairs if truth is not None
    )
    assert report.masks is not None
    assert report.masks.f1 == expected.f1
    assert report.masks.common_best_f1 == pytest.approx(expected.common_best_f1)
    assert report.masks.flagged_authentic == expected.flagged_authentic
    assert report.unreadable == (Named("lost", "its file is gone"),)
    assert report.failed == (Named("s0048", "no verdict in its text"),)
    assert {one.value for one in report.slices if one.field == "operation"} == {
        "splice",
        "copy_move",
        "reconstruct",
    }
    assert {one.perturbation for one in report.robustness} == {"jpeg"}
    assert len(report.robustness) == 6
    overall = next(one for one in report.means if (one.measure, one.field) == ("mask F1", ""))
    assert overall.mean == pytest.approx(expected.f1)
    page = report.to_markdown()
    assert "1 pictures could not be had and are in no figure:\n\n- its file is gone: `lost`" in page
    assert "CSS is left out" in page
    assert "applied mask" in page
    assert "12 groups, the largest with 8% of the pictures. That is little" in page


def test_the_papers_forms_stand_beside_the_corrected_ones(table: pa.Table) -> None:
    report = evaluation_of("bright", table, MEASURED)
    assert report.paper is not None
    assert report.paper_reasoning is not None
    assert report.reasoning is not None
    # The failure is dropped by the published form and counts with 0 in the corrected one.
    assert (report.paper.kept, report.detection.pictures) == (23, 24)
    assert (report.paper_reasoning.pictures, report.reasoning.pictures) == (23, 24)
    assert report.paper.acc == pytest.approx((report.detection.accuracy or 0) * 24 / 23)
    page = report.to_markdown()
    assert "as the paper's code: failures dropped" in page
    assert "| as the paper's code | 23 | 1 |" in page
    bare = evaluation_of("bright", table, Measured("a set", "test", {}))
    assert (bare.paper, bare.paper_reasoning) == (None, None)


def test_the_papers_form_reads_answers_to_the_letter(pictures: PublishedPictures) -> None:
    rows = list(ask(Bright(), pictures))
    rows[2]["text"] = rows[2]["text"].replace("This image is", "this image is")
    rows[3]["text"] = rows[3]["text"].replace("</REASONING>", "")
    report = evaluation_of("bright", pa.Table.from_pylist(rows, KEPT), MEASURED)
    assert report.paper is not None
    assert report.detection.failures == 0
    assert report.paper.kept == 22


def test_a_forgery_without_a_found_mask_counts_as_missed(pictures: PublishedPictures) -> None:
    rows = list(ask(Bright(texts=False), pictures))
    whole = evaluation_of("bright", pa.Table.from_pylist(rows, KEPT), MEASURED)
    silent = next(row for row in rows if row.get("mask_f1"))
    names = [name for name in silent if name.startswith("mask_") and name != "mask_area"]
    silent.update(dict.fromkeys([*names, "flagged", "found"]))
    less = evaluation_of("bright", pa.Table.from_pylist(rows, KEPT), MEASURED)
    assert whole.masks is not None
    assert less.masks is not None
    assert (less.masks.pictures, less.masks.answers_missing) == (whole.masks.pictures, 1)
    assert (less.masks.f1 or 0) < (whole.masks.f1 or 0)
    assert (less.reasoning, less.attributes) == (None, None)
    for row in rows:
        row.update(dict.fromkeys([*names, "flagged", "found"]))
    none = evaluation_of("bright", pa.Table.from_pylist(rows, KEPT), MEASURED)
    assert none.masks is None
    assert "Masks" not in none.to_markdown()


def test_attributes_are_held_against_the_verdicts(table: pa.Table) -> None:
    report = evaluation_of("bright", table, MEASURED).attributes
    assert report is not None
    edges = next(one for one in report.attributes if one.attribute == "Irregular Image Edges")
    assert (edges.present, edges.judged) == (12, 24)
    lighting = next(one for one in report.attributes if "Lighting" in one.attribute)
    assert lighting.judged == 0


def test_all_is_written_and_stale_figures_go(
    table: pa.Table, pictures: PublishedPictures, tmp_path: Path
) -> None:
    report = evaluation_of("bright", table, MEASURED)
    write_evaluation(UPath(tmp_path), report, table, pictures)
    said = pq.read_table(tmp_path / "predictions.parquet")
    assert said.schema.names == PUBLISHED.names
    assert said["mask_area"].null_count == 4 * 7
    figures = sorted(path.stem for path in (tmp_path / "figures").iterdir())
    assert figures == [
        "mistakes",
        "overlays",
        "reliability",
        "robustness",
        "separation",
        "slices",
    ]
    for path in (tmp_path / "figures").iterdir():
        with Image.open(path) as image:
            assert image.width == 1200
        assert f"figures/{path.name}" in (tmp_path / "report.md").read_text()
    assert json.loads((tmp_path / "report.json").read_text())["detector"] == "bright"
    plain = table.filter(pa.compute.equal(table["perturbation"], ""))
    before = (tmp_path / "figures" / "slices.png").read_bytes()
    write_evaluation(UPath(tmp_path), evaluation_of("bright", plain, MEASURED), plain, pictures)
    assert not (tmp_path / "figures" / "robustness.png").exists()
    assert (tmp_path / "figures" / "slices.png").read_bytes() == before


def answers(wrong: int) -> Predictions:
    """Sixty pictures in thirty groups, the first `wrong` of each class answered wrongly."""
    fake = [number % 2 == 1 for number in range(60)]
    said = [int(one) ^ int(number // 2 < wrong) for number, one in enumerate(fake)]
    groups = [f"g{number // 2}" for number in range(60)]
    return Predictions.collect(fake, said, [0.1 + 0.8 * one for one in said], groups)


def test_a_difference_is_paired() -> None:
    better, worse = answers(10), answers(14)
    found = difference(better, worse, "worse", seed=1, rounds=300)
    assert found.balanced_accuracy == pytest.approx(4 / 30)
    assert found.balanced_interval is not None
    # Both err together, so that what differs is surer than either figure is by itself.
    assert found.balanced_interval.low > 0
    same = difference(better, better, "itself", seed=1, rounds=50)
    assert same.balanced_interval is not None
    assert (same.balanced_interval.low, same.balanced_interval.high) == (0, 0)
    with pytest.raises(ValueError, match="the same pictures"):
        difference(better, Predictions.collect([True], [1]), "other", seed=1)


def test_a_comparison_puts_the_best_first_and_holds_all_against_the_best_baseline(
    table: pa.Table,
) -> None:
    report = evaluation_of("bright", table, MEASURED)

    def named(name: str, wrong: int) -> tuple[Evaluation, Predictions]:
        said = answers(wrong)
        return replace(report, detector=name, detection=detection(said)), said

    listed = [
        (*named("mine", 5), False),
        (*named("npr", 14), True),
        (*named("side", 12), True),
    ]
    compared = compare(listed, seed=1, rounds=100)
    assert [one.name for one in compared] == ["mine", "side", "npr"]
    assert compared[0].ahead is not None
    assert compared[0].ahead.baseline == "side"
    assert compared[1].ahead is None
    page = to_markdown(compared, "a set, test")
    assert "Ahead of the best baseline, side" in page
    assert "| mine | +23.3 [" in page or "| mine | 23.3 [" in page
    assert "As MMFR's published code computes them" in page
    assert json.loads(to_json(compared))[1]["ahead"] is None


def test_texts_are_compared_by_slice(table: pa.Table) -> None:
    report = evaluation_of("bright", table, MEASURED)
    spliced = next(one for one in report.means if (one.measure, one.value) == ("ROUGE-L", "splice"))
    assert spliced.pictures == 4
    assert chain(True) != chain(False)
