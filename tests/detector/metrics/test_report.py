"""Slices put fakes beside the reals of their domains, and reports are plain JSON and Markdown."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from detector.metrics.attributes import attribute_scores
from detector.metrics.calibration import calibration
from detector.metrics.detection import detection, paper_detection
from detector.metrics.masks import mask_report
from detector.metrics.predictions import FAILED, FAKE, REAL, Predictions
from detector.metrics.reasoning import Described, paper_reasoning, reasoning
from detector.metrics.report import Evaluation
from detector.metrics.report_tables import Robust, table
from detector.metrics.slices import UNKNOWN, intervals, sliced, slices

FAKES = [False, False, False, True, True, True, True]
COLUMNS: dict[str, list[str | None]] = {
    "domain": ["natural", "natural", "document", "natural", "natural", "document", "document"],
    "operation": [None, None, None, "splice", "splice", "document", None],
    "generator": [None, None, None, "splice", "other", "document", "document"],
}
SAID = Predictions.collect(
    FAKES,
    [REAL, FAKE, REAL, FAKE, FAILED, FAKE, REAL],
    [0.1, 0.8, 0.2, 0.9, None, 0.7, 0.3],
)


def test_fakes_stand_beside_the_reals_of_their_domains() -> None:
    fake = np.array(FAKES)
    by = {
        value: (index.tolist(), companions)
        for value, index, companions in sliced(fake, COLUMNS["operation"], COLUMNS["domain"])
    }
    assert list(by) == ["document", "splice", UNKNOWN]
    assert by["splice"] == ([0, 1, 3, 4], 2)
    assert by["document"] == ([2, 5], 1)
    # A fake of which it is not known how it was made is not dropped.
    assert by[UNKNOWN] == ([2, 6], 1)
    domains = {value: index.tolist() for value, index, _ in sliced(fake, COLUMNS["domain"])}
    assert domains == {"document": [2, 5, 6], "natural": [0, 1, 3, 4]}
    without = {value: count for value, _, count in sliced(fake, COLUMNS["operation"])}
    assert without["splice"] == 3


def test_every_fake_is_in_one_slice_of_each_field() -> None:
    for field, values in COLUMNS.items():
        places = [index for _, index, _ in sliced(np.array(FAKES), values, COLUMNS["domain"])]
        seen = np.concatenate(places)
        assert sorted(seen[np.array(FAKES)[seen]].tolist()) == [3, 4, 5, 6], field


def test_slices_have_the_figures_of_their_pictures() -> None:
    found = {(one.field, one.value): one for one in slices(SAID, COLUMNS, seed=1, rounds=50)}
    splice = found["operation", "splice"]
    assert (splice.detection.accuracy_real, splice.detection.accuracy_fake) == (0.5, 0.5)
    assert splice.detection.failures == 1
    assert splice.intervals.accuracy is not None
    assert found["domain", "document"].detection.pictures == 3
    assert slices(SAID, COLUMNS, seed=1, rounds=50) == tuple(found.values())
    with pytest.raises(ValueError, match="a value for each of 7"):
        list(sliced(np.array(FAKES), ["natural"]))


def evaluation() -> Evaluation:
    mask = np.eye(4, dtype=np.bool_)
    described = [Described("no tags", {"Irregular Image Edges": "A halo."})]
    figures = detection(SAID)
    return Evaluation(
        detector="tiny",
        dataset="a set",
        seed=1,
        detection=figures,
        intervals=intervals(SAID, seed=1, rounds=50),
        calibration=calibration(SAID),
        reasoning=reasoning(described),
        attributes=attribute_scores([{"edges": True}], [["edges"]], ["edges"]),
        masks=mask_report([(mask, mask), (None, ~mask & mask)]),
        slices=slices(SAID, COLUMNS, seed=1, rounds=50),
        robustness=(Robust("jpeg", 50, figures), Robust("resize", 0.5, figures)),
        paper=paper_detection(SAID),
        paper_reasoning=paper_reasoning(described),
    )


def test_a_report_is_json_that_repeats() -> None:
    text = evaluation().to_json()
    assert text == evaluation().to_json()
    read = json.loads(text)
    assert read["detection"]["failures"] == 1
    assert read["paper"]["kept"] == 6
    assert read["slices"][0]["intervals"]["balanced_accuracy"]["level"] == 0.95
    assert read["robustness"][1] == {
        "perturbation": "resize",
        "level": 0.5,
        "detection": read["detection"],
        "masks": None,
    }


def test_a_report_is_markdown_with_whole_tables() -> None:
    text = evaluation().to_markdown()
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            assert len({line.count("|") for line in lines}) == 1, block
    assert "| operation: splice | 4 (2 real) | 25.0 |" in text
    assert "| all pictures | 7 (3 real) | 14.3 | 57.1 [" in text
    assert "failures dropped | 6 | 14.3 | 66.7 |" in text
    assert "Of 1 pictures with nothing forged" in text


def test_what_was_not_measured_is_not_in_the_report() -> None:
    bare = Evaluation("tiny", "a set", 1, detection(SAID), intervals(SAID, seed=1, rounds=10))
    assert bare.to_markdown().count("##") == 1
    assert json.loads(bare.to_json())["masks"] is None


def test_a_cell_cannot_break_its_table() -> None:
    assert table(("a", "b"), [("x|y\nz", "1")]).splitlines()[2] == "| x\\|y z | 1 |"


def test_metrics_and_perturbations_need_no_torch() -> None:
    modules = (
        "detector.metrics.report, detector.metrics.reasoning, detector.metrics.slices, "
        "detector.metrics.clip_text, detector.metrics.masks, detector.perturbations.grid"
    )
    heavy = "{'torch', 'transformers', 'nltk'}"
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
