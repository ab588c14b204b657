"""Makes records of real and forged crops of scikit-image's pictures, for a made set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from skimage import data

from schemas.annotation import Annotation, Region
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.identity import derive_id, derive_seed, hash_bytes, unit_interval
from schemas.picture import Codec, Mask, Pixels
from schemas.record import AttributeConsensus, Quality, Record
from schemas.vocabulary import Domain, Label, Mode, RaterKind, Scope, Verdict
from storage.codecs import encode_png
from storage.masks import encode_mask

_Forge = Callable[[Pixels, np.random.Generator], tuple[Pixels, Mask]]

_SPLICED = "coffee"
_SPLICED_CREDIT = "Rachel Michetti"
_PICTURES = (
    ("chelsea", Domain.NATURAL, "train", "CC0-1.0", "Stéfan van der Walt"),
    ("coffee", Domain.NATURAL, "validation", "CC0-1.0", "Rachel Michetti"),
    ("rocket", Domain.NATURAL, "test", "CC0-1.0", "SpaceX"),
    ("page", Domain.DOCUMENT, "train", "BSD-3-Clause", "scikit-image | contributors"),
    ("text", Domain.DOCUMENT, "test", "CC0-1.0", "Lars Yencken"),
    ("astronaut", Domain.DEEPFAKE, "train", "public-domain", "NASA"),
)


def _region(pixels: Pixels, rng: np.random.Generator) -> Mask:
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    centre = (int(rng.integers(width // 3, 2 * width // 3)), int(height * rng.uniform(0.4, 0.6)))
    axes = (int(width * rng.uniform(0.08, 0.22)), int(height * rng.uniform(0.08, 0.2)))
    cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    return mask.astype(np.bool_)


def _band(pixels: Pixels, rng: np.random.Generator) -> Mask:
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.bool_)
    top, left = int(rng.integers(10, height - 30)), int(rng.integers(5, width // 3))
    mask[top : top + 16, left : left + width // 3] = True
    return mask


def _splice(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _region(pixels, rng)
    other = cv2.resize(np.asarray(getattr(data, _SPLICED)()), (pixels.shape[1], pixels.shape[0]))
    return np.where(mask[..., None], other, pixels).astype(np.uint8), mask


def _copy_move(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _region(pixels, rng)
    moved = np.roll(pixels, (pixels.shape[0] // 5, pixels.shape[1] // 4), (0, 1))
    return np.where(mask[..., None], moved, pixels).astype(np.uint8), mask


def _remove(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _region(pixels, rng)
    return np.asarray(cv2.inpaint(pixels, mask.astype(np.uint8), 3, cv2.INPAINT_TELEA)), mask


def _text_remove(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _band(pixels, rng)
    image = pixels.copy()
    image[mask] = np.median(pixels[mask], axis=0).astype(np.uint8) + np.uint8(3)
    return image, mask


def _text_replace(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _band(pixels, rng)
    moved = np.roll(pixels, (23, 11), (0, 1))
    return np.where(mask[..., None], moved, pixels).astype(np.uint8), mask


def _face_blend(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    mask = _region(pixels, rng)
    warm = np.clip(pixels.astype(np.int16) + np.array([18, 4, -14]), 0, 255)
    return np.where(mask[..., None], warm, pixels).astype(np.uint8), mask


FORGERS: dict[Domain, tuple[tuple[str, str, str, _Forge], ...]] = {
    Domain.NATURAL: (
        ("splice", "splice", "cut-and-paste", _splice),
        ("copy_move", "copy_move", "cut-and-paste", _copy_move),
        ("inpaint_remove", "inpaint_remove", "inpainting", _remove),
    ),
    Domain.DOCUMENT: (
        ("document", "text_remove", "document-edit", _text_remove),
        ("document", "text_replace", "document-edit", _text_replace),
    ),
    Domain.DEEPFAKE: (("face_blend", "face_blend", "face", _face_blend),),
}


def _crops(pixels: Pixels, name: str, count: int, side: int) -> Iterator[Pixels]:
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.shape[0] < side:
        pixels = np.asarray(cv2.resize(pixels, None, fx=1.5, fy=1.5))
    for index in range(count):
        rng = np.random.default_rng(derive_seed(name, index))
        height = min(pixels.shape[0], int(side * rng.uniform(0.75, 1.0)))
        width = min(pixels.shape[1], int(side * rng.uniform(0.9, 1.3)))
        top = int(rng.integers(0, pixels.shape[0] - height + 1))
        left = int(rng.integers(0, pixels.shape[1] - width + 1))
        yield pixels[top : top + height, left : left + width].copy()


def _annotations(sample_id: str, fake: bool) -> tuple[Annotation, ...]:
    rows = []
    for attribute in ATTRIBUTES:
        draw = unit_interval(sample_id, attribute.id)
        verdict = Verdict.PRESENT if draw < (0.45 if fake else 0.05) else Verdict.ABSENT
        if attribute.level == "high" or draw > 0.9:
            verdict = Verdict.UNSURE
        rows.append(
            Annotation(
                annotation_id=derive_id("note", sample_id, attribute.id),
                sample_id=sample_id,
                rater="measured",
                rater_kind=RaterKind.MEASURED,
                rater_version="1",
                mode=Mode.BLIND,
                attribute=attribute.id,
                verdict=verdict,
                rationale=f"{attribute.id}: {draw:.2f}",
                score=None if verdict is Verdict.UNSURE else 1.0 - draw,
                region=Region(0.1, 0.2, 0.5, 0.6) if verdict is Verdict.PRESENT else None,
            )
        )
    return tuple(rows)


def _record(
    sample_id: str,
    source_id: str,
    pixels: Pixels,
    picture: tuple[str, Domain, str, str, str],
    forger: tuple[str, str, str, _Forge] | None = None,
    mask: Mask | None = None,
    observed: Mask | None = None,
) -> Record:
    name, domain, _, licence, attribution = picture
    notes = _annotations(sample_id, forger is not None)
    spliced = forger is not None and forger[1] == "splice"
    masked = mask is not None and observed is not None
    luma = pixels.mean(axis=2)
    return Record(
        sample_id=sample_id,
        image=encode_png(pixels),
        label=Label.FAKE if forger else Label.REAL,
        domain=domain,
        operation=forger[1] if forger else None,
        generator=forger[0] if forger else None,
        generator_family=forger[2] if forger else None,
        generator_version="1" if forger else None,
        generator_model=None,
        generator_autoencoder=None,
        generator_released=None,
        generator_terms="free" if forger else None,
        scope=Scope.SPLICED if forger else None,
        mask_requested=None,
        mask_applied=encode_mask(mask) if mask is not None else None,
        mask_observed=encode_mask(observed) if observed is not None else None,
        source_id=source_id,
        second_source_id=None,
        group_id=derive_id("group", name),
        twin_of=None,
        prompt=None,
        seed=derive_seed(sample_id) if forger else None,
        parameters=json.dumps({"notes": []}),
        width=pixels.shape[1],
        height=pixels.shape[0],
        codec=Codec("PNG"),
        caption=None,
        annotations=notes,
        attributes=tuple(
            AttributeConsensus(
                note.attribute,
                note.verdict,
                None if note.verdict is Verdict.UNSURE else 1.0,
                (note.annotation_id,),
            )
            for note in notes
        ),
        whole=AttributeConsensus(WHOLE, Verdict.UNSURE, None, ()),
        reasoning="<SUMMARY>…</SUMMARY>",
        quality=Quality(
            sharpness=float(np.var(np.diff(luma))),
            brightness=float(luma.mean()),
            contrast=float(luma.std()),
            noise=1.5,
            blockiness=1.02,
            changed_area=float(observed.mean()) if observed is not None else None,
            applied_area=float(mask.mean()) if mask is not None else None,
            applied_changed=0.97 if masked else None,
            outside=0.0 if masked else None,
            magnitude=9.5 if masked else None,
        ),
        fingerprint=hash_bytes(pixels.tobytes())[:16],
        licence=licence,
        attribution=f"{attribution}; {_SPLICED_CREDIT}" if spliced else attribution,
    )


def made_records(crops: int = 3, side: int = 144) -> list[tuple[str, Record]]:
    """(split, record) of `crops` real pictures a photograph and a forgery each by every forger."""
    records: list[tuple[str, Record]] = []
    for picture in _PICTURES:
        name, domain, split, _, _ = picture
        for index, pixels in enumerate(_crops(getattr(data, name)(), name, crops, side)):
            source_id = derive_id("src", name, index)
            records.append((split, _record(source_id, source_id, pixels, picture)))
            for forger in FORGERS[domain]:
                job_id = derive_id("job", source_id, forger[1])
                image, mask = forger[3](pixels, np.random.default_rng(derive_seed(job_id)))
                observed = np.asarray((image != pixels).any(axis=2))
                record = _record(job_id, source_id, image, picture, forger, mask, observed)
                records.append((split, record))
    return records
