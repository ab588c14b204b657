"""Charts are PNG of one width, the same bytes every time, whatever the reader's settings."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from PIL import Image

from dataset_cards.figures import CHARTS, Chart
from dataset_cards.outcome_figures import MOST_RATERS, drawn_raters
from dataset_cards.statistics import Statistics, statistics
from schemas.manifest import Manifest, StageCounts
from storage.published import PublishedSet

each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


@pytest.fixture(scope="module")
def counted(made: PublishedSet) -> Statistics:
    return statistics(made)


@pytest.fixture(scope="module")
def counted_judged(judged: PublishedSet) -> Statistics:
    return statistics(judged)


@each_chart
def test_a_chart_is_a_picture_of_one_width(
    chart: Chart, counted_judged: Statistics, judged: PublishedSet
) -> None:
    assert chart.applies(counted_judged, judged.manifest)
    with Image.open(io.BytesIO(chart.draw(counted_judged, judged.manifest))) as image:
        assert image.format == "PNG"
        assert image.width == 1200
        assert "Software" not in image.info
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels[:4] == 255).all(), "something touches the upper edge"
    assert (pixels[:, :4] == 255).all(), "something touches the left edge"
    assert (pixels < 128).any()


@each_chart
def test_settings_of_the_reader_change_nothing(
    chart: Chart, counted_judged: Statistics, judged: PublishedSet
) -> None:
    plain = chart.draw(counted_judged, judged.manifest)
    with matplotlib.rc_context({"font.size": 23, "axes.facecolor": "black", "savefig.dpi": 31}):
        assert chart.draw(counted_judged, judged.manifest) == plain
        assert matplotlib.rcParams["font.size"] == 23


def test_charts_without_anything_to_show_do_not_apply(
    counted: Statistics, made: PublishedSet
) -> None:
    bare = replace(
        counted, raters=(), rated=(), made=tuple(replace(one, areas=()) for one in counted.made)
    )
    manifest = made.manifest.model_copy(update={"stages": ()})
    assert {chart.name for chart in CHARTS if chart.applies(bare, manifest)} == {
        "operations",
        "encoding",
    }


def test_the_flow_chart_shows_a_stage_that_planned_nothing(
    counted: Statistics, made: PublishedSet
) -> None:
    (flow,) = [chart for chart in CHARTS if chart.name == "flow"]
    empty = StageCounts(stage="plan", planned=0, ok=0, rejected=0, failed=0)
    many = StageCounts(
        stage="forge",
        planned=12,
        ok=5,
        rejected=7,
        failed=0,
        reasons={f"reason_{number}": 1 for number in range(7)},
    )
    manifest = made.manifest.model_copy(update={"stages": (empty, many)})
    assert flow.draw(counted, manifest) != flow.draw(counted, made.manifest)


def _height(chart: str, counted: Statistics, manifest: Manifest) -> int:
    (found,) = [one for one in CHARTS if one.name == chart]
    with Image.open(io.BytesIO(found.draw(counted, manifest))) as image:
        return image.height


def test_who_judges_the_whole_picture_has_a_line_for_it(
    counted_judged: Statistics, judged: PublishedSet
) -> None:
    def alone(name: str) -> int:
        raters = tuple(one for one in counted_judged.raters if one.name == name)
        return _height("raters", replace(counted_judged, raters=raters), judged.manifest)

    assert alone("ada") == alone("qwen-blind") > alone("measured") == alone("glm-informed")


def test_a_rater_of_any_name_without_some_verdicts_is_drawn(
    counted_judged: Statistics, judged: PublishedSet
) -> None:
    (ada,) = [one for one in counted_judged.raters if one.name == "ada"]
    names = ("ada", "$x_{", "a-name-that-would-run-into-the-next-panel-of-the-chart")
    few = replace(
        counted_judged,
        raters=tuple(replace(ada, name=name) for name in names),
        rated=tuple(
            replace(one, rater=name)
            for one in counted_judged.rated
            for name in names
            if one.rater == "ada" and one.attribute in ("whole", "edges")
        ),
    )
    assert _height("raters", few, judged.manifest) > 0


def test_of_many_raters_those_with_most_judgements_are_drawn(counted_judged: Statistics) -> None:
    ada = counted_judged.raters[0]
    many = tuple(
        replace(ada, name=f"annotator-{number:02d}", judgements=100 - number)
        for number in range(MOST_RATERS + 3)
    )
    drawn = drawn_raters(replace(counted_judged, raters=many[::-1]))
    assert drawn == many[:MOST_RATERS]


def test_the_agreement_chart_has_a_row_for_each_panel_with_an_alpha(
    counted_judged: Statistics, judged: PublishedSet
) -> None:
    report = judged.manifest.agreement
    assert report is not None
    whole = _height("agreement", counted_judged, judged.manifest)
    fewer = tuple(one for one in report.figures if one.between != "mllm/mllm")
    undefined = tuple(
        replace(one, alpha=None) if one.between == "mllm/mllm" else one for one in report.figures
    )
    heights = {
        _height(
            "agreement",
            counted_judged,
            judged.manifest.model_copy(update={"agreement": replace(report, figures=figures)}),
        )
        for figures in (fewer, undefined)
    }
    assert len(heights) == 1
    assert heights.pop() < whole
