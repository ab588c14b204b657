"""Charts are PNG of one width, the same bytes every time, whatever the reader's settings."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from PIL import Image

from dataset_cards.figures import CHARTS, Chart
from dataset_cards.statistics import Statistics, statistics
from schemas.manifest import StageCounts
from storage.published import PublishedSet

each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


@pytest.fixture(scope="module")
def counted(made: PublishedSet) -> Statistics:
    return statistics(made)


@each_chart
def test_a_chart_is_a_picture_of_one_width(
    chart: Chart, counted: Statistics, made: PublishedSet
) -> None:
    assert chart.applies(counted, made.manifest)
    with Image.open(io.BytesIO(chart.draw(counted, made.manifest))) as image:
        assert image.format == "PNG"
        assert image.width == 1200
        assert "Software" not in image.info
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels[:4] == 255).all(), "something touches the upper edge"
    assert (pixels[:, :4] == 255).all(), "something touches the left edge"
    assert (pixels < 128).any()


@each_chart
def test_settings_of_the_reader_change_nothing(
    chart: Chart, counted: Statistics, made: PublishedSet
) -> None:
    plain = chart.draw(counted, made.manifest)
    with matplotlib.rc_context({"font.size": 23, "axes.facecolor": "black", "savefig.dpi": 31}):
        assert chart.draw(counted, made.manifest) == plain
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
