"""Chooses the face that a swap takes from the second picture."""

from __future__ import annotations

from generators.contract import CannotForge
from generators.face_geometry import eye_distance, large_faces
from generators.face_pairing import face_unlikeness
from schemas.job import Job
from schemas.picture import Face, Picture


def donor_of(job: Job, target: Face, max_scale: float) -> tuple[Picture, Face]:
    """The second picture, and of its faces the one that is most like the target.

    Raises `CannotForge` without a second picture or a face in it, where it is the source itself,
    or where the face would have to be enlarged more than `max_scale` times.
    """
    second = job.second
    if second is None:
        raise CannotForge("no_second_source", "a face swap takes its face from a second picture")
    if second.source.source_id == job.source.source.source_id:
        raise CannotForge("same_picture", "source and donor are the same picture")
    faces = large_faces(second.source)
    donor = min(faces, key=lambda face: (face_unlikeness(target, face), face.box))
    ratio = eye_distance(target) / eye_distance(donor)
    if ratio > max_scale:
        raise CannotForge(
            "donor_too_small", f"the donor's face would have to be enlarged {ratio:.1f} times"
        )
    return second, donor
