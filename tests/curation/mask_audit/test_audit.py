"""The audit counts what there is, of published sets and of any others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from curation.mask_audit.audit import audit_masks, audit_published
from curation.mask_audit.pictures import MaskedPicture, Unread, drawn_evenly, set_pictures
from schemas.errors import DatasetError
from storage.codecs import encode_png
from storage.masks import encode_mask
from storage.picture_sets.contract import StoredPicture
from storage.published import open_published
from tests.curation.mask_audit.scenes import SIDE, scenes
from tests.dataset_cards.made_set import made_set


def test_agreement_is_measured_from_the_masks_unless_it_is_known() -> None:
    applied = np.zeros((SIDE, SIDE), np.bool_)
    applied[:20, :20] = True
    observed = np.zeros_like(applied)
    observed[10:30, :20] = True
    one = scenes(1, "disc", requested=applied, applied=applied, observed=observed)
    alike = audit_masks(one, "one").whole.agreement
    assert alike["requested_applied"].middle == 1
    assert alike["applied_observed"].middle == pytest.approx(1 / 3)
    assert alike["applied_changed"].middle == 0.5
    assert alike["outside"].middle == 0.5
    known = scenes(1, "disc", outside=0.01, applied_changed=0.9)
    alike = audit_masks(known, "known").whole.agreement
    assert (alike["outside"].middle, alike["applied_changed"].middle) == (0.01, 0.9)


def test_slices_add_up() -> None:
    pictures = [
        *scenes(6, "disc", "splice", kind="object"),
        *scenes(4, "any", "stamp"),
        *scenes(3, "any", "copy_move", kind="stuff"),
    ]
    audit = audit_masks([*pictures, Unread("x", "broken")], "made")
    assert (audit.samples, audit.available, audit.unread) == (13, 14, {"broken": 1})
    assert {one.name: one.samples for one in audit.of("operation")} == {
        "splice": 6,
        "stamp": 4,
        "copy_move": 3,
    }
    assert {one.name for one in audit.of("kind")} == {"object", "stuff"}
    for one in audit.slices:
        assert sum(one.sizes) == one.samples
        assert one.heat.shape == (64, 64)
        assert one.heat.mean() > 0
    total = sum(one.heat * one.samples for one in audit.of("operation"))
    assert np.allclose(total / audit.samples, audit.whole.heat, atol=1e-6)
    assert json.loads(json.dumps(audit.figures()))["samples"] == 13


def test_a_published_set_is_audited_as_often_as_one_likes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    published = open_published(made_set(tmp_path_factory.mktemp("made"), crops=2, side=96))
    audit = audit_published(published)
    assert audit.available == audit.samples == sum(one.samples for one in audit.of("operation"))
    assert audit.name == "made"
    assert "splice" in {one.name for one in audit.of("operation")}
    some = audit_published(published, most=7)
    assert (some.samples, some.available) == (7, audit.available)
    assert len(some.of("operation")) >= 6
    assert some.figures() == audit_published(published, most=7).figures()


def test_drawing_is_even_as_far_as_there_are_as_many() -> None:
    members = {"a": [f"a{n}" for n in range(50)], "b": ["b0", "b1"], "c": [f"c{n}" for n in "xyz"]}
    drawn = drawn_evenly(members, 9)
    assert len(drawn) == 9
    assert {"b0", "b1", "cx", "cy", "cz"} <= drawn


class _Stored:
    """A set of pictures with masks of every kind that others publish."""

    name = "stored"

    def __init__(self, pictures: Sequence[StoredPicture]) -> None:
        self._pictures = pictures

    def pieces(self) -> Sequence[str]:
        return ("all",)

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        assert columns is not None
        assert "truth" in columns
        yield from self._pictures

    def stamp(self, piece: str) -> str:
        return ""


def test_masks_of_other_sets_are_read_and_what_cannot_be_is_told() -> None:
    scene = scenes(1, "disc")[0]
    image, mask = encode_png(scene.pixels), encode_mask(scene.changed)
    _, jpeg = cv2.imencode(".jpg", scene.changed.astype(np.uint8) * 255)
    facts = {"label": "fake", "operation": "paint", "who": "g"}
    found = list(
        set_pictures(
            _Stored(
                [
                    StoredPicture("a", image, {**facts, "truth": {"bytes": mask, "path": None}}),
                    StoredPicture("b", image, {**facts, "truth": jpeg.tobytes()}),
                    StoredPicture("c", image, {**facts, "truth": mask, "label": "real"}),
                    StoredPicture("d", image, {**facts, "truth": None}),
                    StoredPicture("e", image, {**facts, "truth": encode_mask(scene.changed[:9])}),
                    StoredPicture(
                        "f", image, {**facts, "truth": encode_mask(np.zeros_like(scene.changed))}
                    ),
                    StoredPicture("g", b"no", {**facts, "truth": mask}),
                    StoredPicture("h", b"", {**facts, "truth": mask}, "it is gone"),
                    StoredPicture("i", image, {**facts, "truth": b"no"}),
                ]
            ),
            "truth",
            "who",
        )
    )
    read = [one for one in found if isinstance(one, MaskedPicture)]
    assert [one.key for one in read] == ["a", "b"]
    assert {one.group for one in read} == {"g"}
    assert read[0].operation == "paint"
    assert np.mean(read[0].changed ^ read[1].changed) < 0.02
    why = {one.key: one.reason for one in found if isinstance(one, Unread)}
    assert why.keys() == {"e", "f", "g", "h", "i"}
    assert why["h"] == "it is gone"
    assert "own size" in why["e"]
    assert "empty" in why["f"]


def test_a_set_without_masks_or_without_its_groups_is_an_error() -> None:
    stored = _Stored([StoredPicture("a", b"", {"truth": b""})])
    with pytest.raises(DatasetError, match="no column 'who'"):
        list(set_pictures(stored, "truth", "who"))
    with pytest.raises(DatasetError, match="no picture with a mask to audit: too dark"):
        audit_masks([Unread("x", "too dark")], "made")
