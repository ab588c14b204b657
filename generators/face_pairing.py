"""Says how well a person's face would do on another's: by pose, skin and size."""

from __future__ import annotations

import math

from generators.face_geometry import eye_distance
from schemas.picture import Face, Source

# What counts as one step of unlikeness: this many degrees of turning, this far in CIELAB (light,
# which a swap can adapt, counts half), each doubling that the donor must be enlarged by.
_TURN = 15.0
_SKIN = 12.0
_LIGHT_WEIGHT = 0.5
_ENLARGING_WEIGHT = 0.5


def another_person(target: Source, donor: Source) -> bool:
    """Whether two portraits show different people, as far as their identities are known."""
    if target.identity is None or donor.identity is None:
        return target.origin != donor.origin
    return target.identity != donor.identity


def unlikeness(target: Source, donor: Source) -> float:
    """How far pose, skin and size of the largest faces differ, 0 and up; 0 without two faces."""
    if not target.faces or not donor.faces:
        return 0.0
    one, other = (max(each.faces, key=eye_distance) for each in (target, donor))
    return face_unlikeness(one, other)


def face_unlikeness(target: Face, donor: Face) -> float:
    """How badly the donor would do on the target, 0 and up; what is unknown of either counts 0.

    The root of the summed squares of three steps: 15 degrees of yaw, 12 of CIELAB between the
    skins (lightness halved), and half of each doubling by which the donor must be enlarged. A donor
    that is larger than its target costs nothing.
    """
    turn = skin = 0.0
    if target.yaw is not None and donor.yaw is not None:
        turn = (target.yaw - donor.yaw) / _TURN
    if target.skin is not None and donor.skin is not None:
        light, a, b = (one - other for one, other in zip(target.skin, donor.skin, strict=True))
        skin = math.hypot(_LIGHT_WEIGHT * light, a, b) / _SKIN
    enlarged = eye_distance(target) / max(eye_distance(donor), 1.0)
    return math.hypot(turn, skin, _ENLARGING_WEIGHT * math.log2(max(1.0, enlarged)))
