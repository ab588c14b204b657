"""Face crops as recognition and swapping networks were trained on them, and the way back."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from generators.face_geometry import Points, five_points, similarity
from schemas.picture import Face, Mask, Pixels

# Where ArcFace's training crops of 112 by 112 pixels have eyes, nose tip and mouth corners (Deng
# et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019).
_TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
_ERODED = 0.1


def crop_transform(face: Face, side: int) -> Points:
    """The similarity (2, 3) from the picture to an aligned crop of `side` by `side` pixels.

    By five landmarks, or by the eyes where no others are known. Sides that are multiples of 112
    hold the template as it is; others, 128 among them, leave one part in sixteen more on the left
    and on the right, and none above: the convention of insightface's networks.
    """
    if side % 112 == 0:
        template = _TEMPLATE * (side / 112.0)
    else:
        template = (_TEMPLATE + np.array([8.0, 0.0])) * (side / 128.0)
    points = five_points(face)
    if points is None:
        points, template = np.array(face.eyes, np.float64), template[:2]
    return similarity(points, template)


def aligned_crop(pixels: Pixels, face: Face, side: int) -> tuple[Pixels, Points]:
    """The aligned crop, uint8 (side, side, 3), and its transform. Black beyond the picture."""
    matrix = crop_transform(face, side)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.7:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.45 / scale), np.uint8)
    crop = cv2.warpAffine(np.ascontiguousarray(pixels), matrix, (side, side))
    return np.asarray(crop, np.uint8), matrix


def paste_back(
    target: Pixels, crop: Pixels, matrix: Points, support: Mask | None, feather: float
) -> tuple[Pixels, Mask]:
    """The crop laid back over its place in the target; returns (image, applied).

    Its weight is 1 but near the crop's edge, which is eroded by a tenth and blurred by `feather`
    of the side, and 0 outside `support` (height, width) where one is given, blurred alike. Outside
    `applied`, where the weight is above 0, the image equals the target exactly.
    """
    side = len(crop)
    height, width = target.shape[:2]
    back = cv2.invertAffineTransform(matrix)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    inner = np.zeros((side, side), np.float32)
    edge = max(1, round(_ERODED * side))
    inner[edge:-edge, edge:-edge] = 1.0
    # The blur's kernel ends within the eroded edge, so that the crop's own edge never shows.
    weight = _blurred(inner, feather * side, edge - 1)
    laid = cv2.warpAffine(weight, back, (width, height), flags=cv2.INTER_LINEAR)
    alpha = np.asarray(laid, np.float32)
    if support is not None:
        reach = feather * side * scale
        alpha = alpha * _blurred(support.astype(np.float32), reach, round(2.0 * reach))
    flags = cv2.INTER_CUBIC if scale >= 1.0 else cv2.INTER_LINEAR
    if scale < 0.7:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), 0.45 / scale), np.uint8)
    placed = cv2.warpAffine(
        crop, back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    applied: Mask = alpha > 0.0
    mixed = target + (placed.astype(np.float32) - target) * alpha[..., None]
    image = np.where(applied[..., None], np.clip(np.rint(mixed), 0, 255).astype(np.uint8), target)
    return image, applied


def _blurred(values: npt.NDArray[np.float32], sigma: float, reach: int) -> npt.NDArray[np.float32]:
    """Gaussian blur with a kernel that ends `reach` px away; as it is where there is no blur."""
    if sigma <= 0.0 or reach < 1:
        return values
    side = 2 * reach + 1
    blurred = cv2.GaussianBlur(values, (side, side), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, np.float32)
