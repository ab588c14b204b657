"""Saliency finds what stands out, and the score tells such masks from masks anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from curation.mask_audit.audit import audit_masks
from curation.mask_audit.object_bias import pixel_auc, ranked
from curation.mask_audit.saliency import GRID, centre_prior, geodesic, reduced
from schemas.mask_audit import ObjectBias
from tests.curation.mask_audit.scenes import scenes


def bias(where: str, count: int = 24) -> ObjectBias:
    found = audit_masks(scenes(count, where), "scenes").whole.bias
    assert found is not None
    return found


def test_masks_on_what_stands_out_are_biased() -> None:
    found = bias("disc")
    assert found.verdict == "biased"
    assert found.maps["geodesic"].auc > 0.95
    assert found.maps["geodesic"].null < 0.9  # discs lie in the middle, more or less
    assert found.score > 0.1
    assert found.maps[found.strongest].low > 0.05
    assert (found.samples, found.groups) == (24, 12)


def test_masks_anywhere_are_not() -> None:
    found = bias("any", 60)
    assert found.verdict == "none"
    for seen in found.maps.values():
        assert seen.low < 0 < seen.high


def test_masks_that_avoid_what_stands_out_are_told_as_well() -> None:
    found = bias("off", 60)
    assert found.verdict == "averse"
    assert found.score < -0.05


def test_a_few_masks_or_groups_give_no_verdict() -> None:
    assert bias("disc", 6).verdict == "unclear"
    alone = audit_masks(scenes(2, "disc"), "one group").whole
    assert alone.bias is None


@given(st.integers(0, 2**32 - 1))
def test_the_auc_is_that_of_the_textbook(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane = rng.integers(0, 6, (GRID, GRID))  # many ties
    masks = np.stack([rng.random(GRID * GRID) < share for share in (0.01, 0.5)])
    ranks = (2 * rankdata(plane.ravel()) - 1)[None].astype(np.uint16)
    found = pixel_auc(ranks, masks.astype(np.float32))[0]
    expected = [roc_auc_score(mask, plane.ravel()) for mask in masks]
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_mask_of_everything_has_no_auc() -> None:
    ranks = ranked(scenes(1, "disc")[0].pixels)["geodesic"][None]
    masks = np.stack([np.ones(GRID * GRID), np.zeros(GRID * GRID)]).astype(np.float32)
    assert np.isnan(pixel_auc(ranks, masks)).all()


def test_saliency_is_highest_on_the_disc_and_the_prior_in_the_middle() -> None:
    scene = scenes(1, "disc")[0]
    seen = geodesic(reduced(scene.pixels))
    inside = np.asarray(reduced(np.repeat(scene.changed[..., None], 3, 2).astype(np.uint8) * 255))
    on = inside[..., 0] > 127
    assert np.median(seen[on]) > 5 * np.median(seen[~on])
    prior = centre_prior()
    assert prior.max() == prior[GRID // 2, GRID // 2]
    assert np.array_equal(prior, prior[::-1, ::-1])
    flat = np.full((50, 40, 3), 128, np.uint8)
    assert np.isfinite(geodesic(reduced(flat))).all()
