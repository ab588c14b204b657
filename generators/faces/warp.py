"""Brings a donor's face into the target's place: by one similarity, or triangle by triangle."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay, QhullError

from generators.face_geometry import Points, five_points, outline
from schemas.picture import Face, Mask, Pixels

_MARGIN = 1.6
"""Size of the ring of points around the face, against its oval, that holds the warp's edge."""
_ON_OVAL, _ON_RING = 16, 8
_MOST_STRETCH = 10.0


@dataclass(frozen=True, slots=True)
class Warped:
    """A donor in the target's frame: pixels (height, width, 3), and where they are the donor's."""

    pixels: Pixels
    covered: Mask


def by_similarity(pixels: Pixels, matrix: Points, height: int, width: int) -> Warped:
    """The donor under a similarity (2, 3); one that gets smaller is averaged first."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    warped = cv2.warpAffine(
        _averaged(pixels, scale),
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    ones = np.ones(pixels.shape[:2], np.uint8)
    covered = cv2.warpAffine(ones, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return Warped(np.asarray(warped, np.uint8), covered.astype(np.bool_))


def by_triangles(
    pixels: Pixels, donor: Face, target: Face, height: int, width: int
) -> Warped | None:
    """The donor bent so that its landmarks fall on the target's; None where they cannot.

    Affine within each triangle of a Delaunay triangulation of the target's landmarks, of points on
    its outline and of a ring around it. Both faces need landmarks of one kind; landmarks at which
    triangles would fold over, or grow more than tenfold against the others, are left out.
    """
    if five_points(donor) is None or len(donor.landmarks) != len(target.landmarks):
        return None
    onto, given = _control_points(target), _control_points(donor)
    mesh = _mesh(onto, given)
    if mesh is None:
        return None
    onto, given = onto[mesh.kept], given[mesh.kept]
    # Each triangle's affine transform takes (x, y, 1) in the target to (x, y) in the donor.
    corners = np.concatenate([onto[mesh.corners], np.ones((len(mesh.corners), 3, 1))], axis=2)
    transforms = np.linalg.solve(corners, given[mesh.corners])
    left, top = (max(0, int(value)) for value in np.floor(onto.min(axis=0)))
    right, bottom = np.ceil(onto.max(axis=0)).astype(int) + 1
    right, bottom = min(width, int(right)), min(height, int(bottom))
    if right <= left or bottom <= top:
        return None
    rows, columns = np.mgrid[top:bottom, left:right]
    places = np.stack([columns, rows, np.ones_like(rows)], axis=2).reshape(-1, 3).astype(np.float64)
    triangle = mesh.triangles.find_simplex(places[:, :2])
    seen = np.einsum("ni,nij->nj", places, transforms[triangle])
    scale = float(1.0 / np.sqrt(mesh.growth))
    donor_height, donor_width = pixels.shape[:2]
    inside = (triangle >= 0) & ((seen >= 0) & (seen <= (donor_width - 1, donor_height - 1))).all(1)
    maps = seen.astype(np.float32).reshape(*rows.shape, 2)
    bent = cv2.remap(
        _averaged(pixels, scale),
        np.ascontiguousarray(maps[..., 0]),
        np.ascontiguousarray(maps[..., 1]),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    warped = np.zeros((height, width, 3), np.uint8)
    covered = np.zeros((height, width), np.bool_)
    warped[top:bottom, left:right] = bent
    covered[top:bottom, left:right] = inside.reshape(rows.shape)
    return Warped(warped, covered)


def _control_points(face: Face) -> Points:
    """Landmarks, and what stands around them. The jaw of 68 landmarks takes the oval's place."""
    oval = outline(face, count=_ON_OVAL)
    ring = outline(face, grow=_MARGIN, count=_ON_RING)
    marks = np.array(face.landmarks, np.float64)
    if len(marks) == 68:
        # The eyes' centres lie within their own landmarks; of the oval the forehead is missing.
        return np.concatenate([marks, oval[_ON_OVAL // 2 + 1 :], ring])
    return np.concatenate([np.array(face.eyes), marks, oval, ring])


@dataclass(frozen=True, slots=True)
class _Mesh:
    """Which control points are used, and the triangles (n, 3) between them.

    `growth`: the median area of a triangle in the donor, of that in the target.
    """

    kept: npt.NDArray[np.intp]
    triangles: Delaunay
    growth: float

    @property
    def corners(self) -> npt.NDArray[np.int32]:
        corners: npt.NDArray[np.int32] = self.triangles.simplices
        return corners


def _mesh(onto: Points, given: Points) -> _Mesh | None:
    """A triangulation that folds nowhere; None where that leaves too few points.

    Lips that are closed in one face and open in the other, or lids that a detector put a pixel
    off, turn thin triangles over: the point that most such triangles share is left out, and again.
    """
    kept = np.arange(len(onto))
    least = len(onto) // 2
    while len(kept) >= least:
        try:
            triangles = Delaunay(onto[kept])
        except QhullError:
            return None
        corners = triangles.simplices
        growth = _area(given[kept][corners]) / _area(onto[kept][corners])
        usual = float(np.median(growth))
        if usual <= 0.0:
            return None
        folded = (growth < usual / _MOST_STRETCH) | (growth > usual * _MOST_STRETCH)
        if not folded.any():
            return _Mesh(kept, triangles, usual)
        blame = np.bincount(corners[folded].ravel(), minlength=len(kept))
        kept = np.delete(kept, int(np.argmax(blame)))
    return None


def _area(triangles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Twice the signed area of triangles (n, 3, 2)."""
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    area: npt.NDArray[np.float64] = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return area


def _averaged(pixels: Pixels, scale: float) -> Pixels:
    """Smoothed as far as shrinking to `scale` asks for."""
    if scale >= 0.7:
        return pixels
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.45 / scale), np.uint8)
