"""Where the pixels of a source lie in a picture that was made from it by a model or an API."""

from __future__ import annotations

from curation.masks.registration.estimate import register
from curation.masks.registration.transform import Registration, align, place, warp

__all__ = ["Registration", "align", "place", "register", "warp"]
