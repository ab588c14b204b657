"""The published row: one picture with its masks, lineage, annotations and reasoning."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.annotation import Annotation
from schemas.picture import Codec
from schemas.vocabulary import Domain, Label, Scope, Verdict


@dataclass(frozen=True, slots=True)
class AttributeConsensus:
    """What the raters together say of one attribute's forged pole, and by which rows.

    `agreement` is the share of the judging rows (those that are not `unsure`) with this verdict,
    None where nobody judged. `posterior` is how probable `present` is when raters are weighed by
    how reliable they prove. `basis` says who decided: "people", "machines", both where people were
    "divided", or "nobody".
    """

    attribute: str
    verdict: Verdict
    agreement: float | None
    rows: tuple[str, ...]
    posterior: float | None = None
    basis: str = "machines"


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of a picture and, for a forgery, of its masks.

    `sharpness`: variance of the Laplacian of luma. `brightness`, `contrast`: mean and standard
    deviation of luma (0..255). `noise`: standard deviation of the noise in grey levels.
    `blockiness`: by how many grey levels the 8 by 8 grid of JPEG stands out. `changed_area`,
    `applied_area`: shares of the picture. `applied_changed`: share of the applied mask that
    differs from the source. `outside`: share of the change outside the applied mask. `magnitude`:
    mean CIELAB difference inside the observed mask. `iou_…`: intersection over union of each two
    of the three masks.
    """

    sharpness: float
    brightness: float
    contrast: float
    noise: float
    blockiness: float
    changed_area: float | None = None
    applied_area: float | None = None
    applied_changed: float | None = None
    outside: float | None = None
    magnitude: float | None = None
    iou_requested_applied: float | None = None
    iou_requested_observed: float | None = None
    iou_applied_observed: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One published picture. Pictures and masks are encoded bytes; `parameters` is JSON.

    A real picture's `sample_id` is its `source_id`; a forgery's is its job's id; a re-encoded
    twin's is the other's with a suffix. `twin_of` names the other twin.
    """

    sample_id: str
    image: bytes
    label: Label
    domain: Domain
    operation: str | None
    generator: str | None
    generator_family: str | None
    generator_version: str | None
    generator_model: str | None
    generator_autoencoder: str | None
    generator_released: str | None
    generator_terms: str | None
    scope: Scope | None
    mask_requested: bytes | None
    mask_applied: bytes | None
    mask_observed: bytes | None
    source_id: str | None
    second_source_id: str | None
    group_id: str
    twin_of: str | None
    prompt: str | None
    seed: int | None
    parameters: str
    width: int
    height: int
    codec: Codec
    caption: str | None
    annotations: tuple[Annotation, ...]
    attributes: tuple[AttributeConsensus, ...]
    whole: AttributeConsensus
    reasoning: str
    quality: Quality
    fingerprint: str
    licence: str
    attribution: str
