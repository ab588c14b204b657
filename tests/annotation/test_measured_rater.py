"""The measured rater's rows: verdicts by the limits, rationales that read well and tell nothing."""

from __future__ import annotations

import math
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.calibration import calibrate
from annotation.leak_lint import leaks
from annotation.measure import measure
from annotation.measured_rater import judge
from annotation.measurements import MEASUREMENTS
from schemas.annotation import Region
from schemas.attributes import ATTRIBUTES
from schemas.region_words import bounding_region
from schemas.vocabulary import Domain, Mode, Verdict
from tests.annotation.scenes import disc, replaced, texture

AUTHENTIC = [
    measure(texture(seed=seed), disc(radius=22 + seed % 9, row=80 + seed % 30))
    for seed in range(40)
]
CALIBRATION = calibrate({Domain.NATURAL: AUTHENTIC}, 0.96)
REGION = disc()
WHERE = bounding_region(REGION)
NUMBERS = {name for sample in AUTHENTIC for name in sample}


def test_five_rows_in_the_taxonomy_s_order() -> None:
    rows = judge("sample", AUTHENTIC[0], CALIBRATION, Domain.NATURAL, WHERE)
    assert [row.attribute for row in rows] == [attribute.id for attribute in ATTRIBUTES]
    assert {row.mode for row in rows} == {Mode.INFORMED}
    assert {row.region for row in rows} == {WHERE}
    assert len({row.annotation_id for row in rows}) == 5
    assert rows == judge("sample", AUTHENTIC[0], CALIBRATION, Domain.NATURAL, WHERE)
    assert rows[-1].verdict is Verdict.UNSURE
    assert rows[-1].score is None


def test_a_foreign_patch_is_present_and_quoted_with_its_range() -> None:
    patch = texture(seed=90, noise=0.0, detail=4.0) // 2
    values = measure(replaced(texture(seed=91), REGION, patch), REGION)
    rows = {row.attribute: row for row in judge("s", values, CALIBRATION, Domain.NATURAL, WHERE)}
    assert rows["lighting"].verdict is Verdict.PRESENT
    assert rows["edges"].verdict is Verdict.PRESENT
    for name in ("lighting", "edges"):
        text = rows[name].rationale
        assert text.startswith("In the centre (x 33–67 %, y 33–67 %) ")
        assert "authentic pictures of this kind" in text
        assert len(re.findall(r"\d", text)) >= 8


def test_an_ordinary_region_is_mostly_absent() -> None:
    verdicts = [
        row.verdict
        for sample in AUTHENTIC
        for row in judge("s", sample, CALIBRATION, Domain.NATURAL, WHERE)[:4]
    ]
    assert verdicts.count(Verdict.ABSENT) > 0.7 * len(verdicts)
    assert verdicts.count(Verdict.UNSURE) > 0


def test_what_could_not_be_measured_is_unsure() -> None:
    nothing = {measurement.name: math.nan for measurement in MEASUREMENTS}
    rows = judge("s", nothing, CALIBRATION, Domain.NATURAL, WHERE)
    assert {row.verdict for row in rows} == {Verdict.UNSURE}
    assert {row.score for row in rows} == {None}
    assert "could not be measured in the centre" in rows[0].rationale


edge = st.floats(0, 1)
boxes = st.tuples(edge, edge, edge, edge).filter(lambda b: b[0] < b[1] and b[2] < b[3])
numbers = st.one_of(st.just(math.nan), st.floats(0, 1e4))


@settings(max_examples=60, deadline=None)
@given(
    values=st.fixed_dictionaries(dict.fromkeys(sorted(NUMBERS), numbers)),
    box=boxes,
    sample=st.text(max_size=20),
    domain=st.sampled_from(list(Domain)),
)
def test_rationales_never_leak(
    values: dict[str, float],
    box: tuple[float, float, float, float],
    sample: str,
    domain: Domain,
) -> None:
    region = Region(x0=box[0], x1=box[1], y0=box[2], y1=box[3])
    for row in judge(sample, values, CALIBRATION, domain, region):
        assert leaks(row.rationale) == ()
        assert row.rationale[0].isupper()
        assert row.rationale.endswith(".")
        assert "None" not in row.rationale
        assert "inf" not in re.findall(r"[a-z]+", row.rationale)
