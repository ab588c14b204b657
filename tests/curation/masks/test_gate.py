"""The gate: each defect gets its reason, gravest first, and a good forgery gets none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curation.masks.gate import check
from curation.masks.observed import observe
from curation.masks.registration import Registration
from schemas.picture import Mask, Pixels
from schemas.recipe.curate import MaskLimits
from schemas.vocabulary import Scope

LIMITS = MaskLimits()


def source() -> Pixels:
    return np.random.default_rng(5).integers(20, 235, (100, 100, 3), dtype=np.uint8)


def box(top: int, bottom: int) -> Mask:
    mask = np.zeros((100, 100), np.bool_)
    mask[top:bottom, 10:90] = True
    return mask


def forged(changed: Mask) -> Pixels:
    image = source()
    image[changed] += 15
    return image


def reasons(image: Pixels, applied: Mask | None, scope: Scope = Scope.SPLICED) -> list[str]:
    seen = observe(source(), image, applied)
    return [finding.reason for finding in check(image, seen, scope, LIMITS)]


def test_good_forgeries_pass() -> None:
    assert reasons(forged(box(20, 40)), box(20, 40)) == []
    assert reasons(forged(box(20, 40)), box(20, 40), Scope.REGENERATED) == []
    assert reasons(255 - source(), None, Scope.FULL) == []
    assert check(source(), None, Scope.FULL, LIMITS) == ()


def test_no_op_comes_before_what_follows_from_it() -> None:
    assert reasons(source(), box(20, 40)) == ["no_op", "applied_mostly_unchanged"]
    assert reasons(source(), None, Scope.FULL) == ["no_op"]


def test_one_stray_pixel_makes_a_splice_inexact() -> None:
    changed = box(20, 40)
    changed[80, 80] = True
    assert reasons(forged(changed), box(20, 40)) == ["spliced_not_exact"]
    assert reasons(forged(changed), box(20, 40), Scope.REGENERATED) == []


def test_change_outside_the_mask_of_a_splice() -> None:
    found = reasons(forged(box(20, 60)), box(20, 40))
    assert found == ["spliced_not_exact", "change_outside_mask"]


def test_editor_that_ignored_its_mask_is_no_bad_sample() -> None:
    assert reasons(forged(box(20, 60)), box(20, 40), Scope.REGENERATED) == []
    assert reasons(forged(box(60, 80)), box(20, 40), Scope.REGENERATED) == []
    weak = reasons(forged(box(20, 21)), box(20, 99), Scope.REGENERATED)
    assert weak == ["applied_mostly_unchanged"]


def test_instructed_edit_needs_no_applied_mask() -> None:
    assert reasons(forged(box(20, 40)), None, Scope.REGENERATED) == []
    assert reasons(source(), None, Scope.REGENERATED) == ["no_op"]


def test_regenerated_edit_may_have_another_size_if_it_could_be_registered() -> None:
    seen = observe(source(), forged(box(20, 40)), None)
    where = Registration(np.eye(2, 3), (80, 80), (100, 100), True, 0.9, 0.01, 0.1, True)
    image, size = forged(box(20, 40)), (80, 80)
    known = replace(seen, registration=where)
    assert check(image, known, Scope.REGENERATED, LIMITS, source_size=size) == ()
    lost = replace(seen, registration=replace(where, confident=False))
    for observation in (lost, None):
        found = check(image, observation, Scope.REGENERATED, LIMITS, source_size=size)
        assert [finding.reason for finding in found] == ["not_registered"]


def test_mask_findings() -> None:
    nothing = np.zeros((100, 100), np.bool_)
    everything = np.ones((100, 100), np.bool_)
    assert reasons(forged(box(20, 21)), box(20, 99)) == ["applied_mostly_unchanged"]
    assert reasons(forged(everything), everything) == ["mask_too_large"]
    assert reasons(forged(everything), everything, Scope.REGENERATED) == []
    assert reasons(forged(box(20, 40)), nothing, Scope.REGENERATED)[0] == "mask_empty"
    assert reasons(forged(box(20, 40)), None) == ["mask_empty"]


def test_black_and_flat_pictures() -> None:
    black = np.zeros((100, 100, 3), np.uint8)
    flat = np.full((100, 100, 3), (90, 120, 30), np.uint8)
    assert [f.reason for f in check(black + 3, None, Scope.FULL, LIMITS)] == ["black_picture"]
    assert [f.reason for f in check(flat, None, Scope.FULL, LIMITS)] == ["flat_picture"]


def test_changed_size_of_a_splice_stands_first_and_alone_among_masks() -> None:
    image = source()[:, :80]
    findings = check(image, None, Scope.SPLICED, LIMITS, source_size=(100, 100))
    assert [finding.reason for finding in findings] == ["size_changed"]
    assert "80 by 100" in findings[0].detail
    assert check(image, None, Scope.FULL, LIMITS, source_size=(100, 100)) == ()
    seen = observe(source(), source(), None)
    with pytest.raises(ValueError, match="100 by 100"):
        check(image, seen, Scope.FULL, LIMITS)
