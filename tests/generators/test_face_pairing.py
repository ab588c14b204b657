"""Donors are told apart by pose, skin and size, and nobody lends a face to themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.face_pairing import another_person, face_unlikeness, unlikeness
from schemas.picture import Face, Source
from schemas.vocabulary import Domain
from tests.generators.pictures import flat, make_picture

FACE = Face((70, 65, 110, 115), ((105.0, 112.0), (145.0, 112.0)), yaw=0.0, skin=(65.0, 15.0, 18.0))


def source(*faces: Face, origin: str = "a.png", identity: str | None = None) -> Source:
    known = make_picture(flat(32, 32), domain=Domain.DEEPFAKE, faces=faces).source
    return replace(known, origin=origin, identity=identity)


def test_people_differ_by_identity_and_else_by_origin() -> None:
    assert not another_person(source(), source())
    assert another_person(source(), source(origin="b.png"))
    ann = source(identity="ann")
    assert not another_person(ann, source(origin="b.png", identity="ann"))
    assert another_person(ann, source(identity="eve"))


def test_pose_skin_and_enlarging_each_count() -> None:
    assert face_unlikeness(FACE, FACE) == 0
    assert face_unlikeness(FACE, replace(FACE, yaw=15.0)) == pytest.approx(1)
    assert face_unlikeness(FACE, replace(FACE, skin=(65.0, 15.0, 30.0))) == pytest.approx(1)
    assert face_unlikeness(FACE, replace(FACE, skin=(41.0, 15.0, 18.0))) == pytest.approx(1)
    small = replace(FACE, eyes=((105.0, 112.0), (125.0, 112.0)))
    assert face_unlikeness(FACE, small) == pytest.approx(0.5)
    assert face_unlikeness(small, FACE) == 0


def test_what_is_unknown_counts_nothing() -> None:
    unknown = replace(FACE, yaw=None, skin=None)
    assert face_unlikeness(FACE, unknown) == 0
    assert unlikeness(source(), source(FACE)) == 0


def test_the_largest_faces_are_compared() -> None:
    small = replace(FACE, eyes=((10.0, 10.0), (30.0, 10.0)), yaw=80.0)
    assert unlikeness(source(small, FACE), source(FACE, small)) == 0


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-60, 60))
def test_the_nearer_pose_is_the_more_alike(yaw: float, one: float, other: float) -> None:
    target = replace(FACE, yaw=yaw)
    near, far = sorted((one, other), key=lambda value: abs(value - yaw))
    assert face_unlikeness(target, replace(FACE, yaw=near)) <= face_unlikeness(
        target, replace(FACE, yaw=far)
    )
