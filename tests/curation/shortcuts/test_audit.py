"""The shortcut audit finds what betrays the fakes, and finds nothing where nothing does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from curation.shortcuts.audit import audit
from curation.shortcuts.pair_auc import Fold, interval, mean_auc
from curation.shortcuts.side_information import SideInformation
from schemas.picture import Codec
from schemas.vocabulary import Label

PNG = Codec("PNG")


def matched(groups: int = 40, seed: int = 0) -> list[SideInformation]:
    """Each group has its own size and codec, shared by as many reals as fakes."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(groups):
        width, height = (int(side) for side in rng.integers(256, 512, 2))
        codec = Codec("JPEG", int(rng.choice([75, 85, 95])), "4:2:0", 1, False)
        for index in range(2 * int(rng.integers(1, 5))):
            label = Label.FAKE if index % 2 else Label.REAL
            size = int(width * height * rng.normal(1.5, 0.2))
            rows.append(SideInformation(label, f"g{number}", codec, width, height, size))
    return rows


def with_codecs(real: Codec, fake: Codec) -> list[SideInformation]:
    codecs = {Label.REAL: real, Label.FAKE: fake}
    return [dataclasses.replace(row, codec=codecs[row.label]) for row in matched()]


def test_container_betrays_the_fakes() -> None:
    report = audit(with_codecs(Codec("JPEG", 90, "4:2:0", 1, False), PNG), 0)
    assert report.auc > 0.99
    assert report.low > 0.95
    assert "format" in {feature.name for feature in report.features if feature.auc > 0.99}


def test_a_quality_between_those_of_the_reals_is_found_by_trees() -> None:
    rows = [
        dataclasses.replace(
            row,
            codec=dataclasses.replace(
                row.codec, quality=85 if row.label is Label.FAKE else (75, 95)[index // 2 % 2]
            ),
        )
        for index, row in enumerate(matched())
    ]
    report = audit(rows, 0)
    assert report.classifier == "gradient-boosted trees"
    assert report.auc > 0.95
    assert report.features[0].name == "quality"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_matched_set_betrays_nothing(seed: int) -> None:
    report = audit(matched(seed=seed), seed)
    assert 0.4 < report.auc < 0.62
    assert report.low < 0.5 < report.high
    assert report.low <= report.auc <= report.high


def test_the_report_depends_on_neither_order_nor_history() -> None:
    rows = matched()
    assert audit(rows, 3) == audit(rows[::-1], 3) == audit(rows, 3)


def test_what_cannot_be_audited_is_said() -> None:
    rows = matched()
    alike = [dataclasses.replace(row, codec=PNG, width=9, height=9, bytes=9) for row in rows]
    one_group = [dataclasses.replace(row, group="g") for row in rows]
    reals = [row for row in rows if row.label is Label.REAL]
    for case, words in (
        (alike, "alike"),
        (one_group, "Two groups"),
        (reals, "Only one"),
        ([], "Only one"),
    ):
        report = audit(case, 0)
        assert (report.auc, report.low, report.high) == (0.5, 0.5, 0.5)
        assert words in report.note


@pytest.mark.parametrize("size", [4, 6, 10])
def test_tiny_sets_are_audited_without_complaint(size: int) -> None:
    assert 0 <= audit(matched(groups=size), 1).auc <= 1


def test_auc_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    scores, fake = rng.random(80).round(1), rng.random(80) < 0.4
    fold = Fold(scores, fake, np.arange(80) % 9)
    assert mean_auc([fold]) == pytest.approx(roc_auc_score(fake, scores))
    low, high = interval([fold], 9, np.random.default_rng(0))
    assert low < mean_auc([fold]) < high


def test_folds_are_weighted_by_their_pairs_and_never_compared() -> None:
    right = Fold(np.array([0.1, 0.2, 0.3]), np.array([False, False, True]), np.arange(3))
    wrong = Fold(np.array([0.9, 0.8]), np.array([False, True]), np.arange(2))
    assert mean_auc([right, wrong]) == pytest.approx(2 / 3)
    assert mean_auc([right]) == 1.0
