"""The words of a record, each with its meaning: labels, domains, scopes, verdicts, operations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What a published picture is."""

    REAL = "real"
    FAKE = "fake"


class Domain(StrEnum):
    """What kind of picture it is, and so which detectors are asked about it."""

    AIGC = "aigc"
    NATURAL = "natural"
    DEEPFAKE = "deepfake"
    DOCUMENT = "document"


class Scope(StrEnum):
    """Which pixels of a forgery may be synthetic."""

    FULL = "full"
    """Every pixel is synthetic."""
    SPLICED = "spliced"
    """Only pixels inside the applied mask may differ from the source."""
    REGENERATED = "regenerated"
    """The whole picture went through a model; the mask says where the edit is."""


class Verdict(StrEnum):
    """A rater's answer to "does this picture show this attribute?"."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"


class Mode(StrEnum):
    """What a rater knew when judging."""

    BLIND = "blind"
    """The picture alone."""
    INFORMED = "informed"
    """The label and the operation as well."""
    GROUNDED = "grounded"
    """These, and where the change is: crops of the mask, and what was measured there."""


class RaterKind(StrEnum):
    """Who judges."""

    MEASURED = "measured"
    """Numbers that were computed from pixels."""
    MLLM = "mllm"
    """A multimodal language model."""
    HUMAN = "human"


class Support(StrEnum):
    """Whether a picture bears out what a text says of it."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNSURE = "unsure"


class Status(StrEnum):
    """How a planned piece of work ended."""

    OK = "ok"
    REJECTED = "rejected"
    """It can never succeed as planned; the reason is kept and it is not tried again."""
    FAILED = "failed"
    """Something around it broke; the next run tries it again."""


class Consent(StrEnum):
    """On what ground the face in a picture may be forged."""

    SYNTHETIC = "synthetic"
    """Nobody's: the person does not exist."""
    GIVEN = "given"
    """The person agreed, or the licence allows it."""
    UNKNOWN = "unknown"


class MaskKind(StrEnum):
    """Where a requested mask comes from."""

    OBJECT = "object"
    """An object that is marked in the source, or else a salient one, by GrabCut or superpixels."""
    SEGMENT = "segment"
    """What a segmentation model (SAM 2) finds at a point of a grid; needs the ml extra."""
    BOX = "box"
    """The box of an object that is marked in the source, or else a random one."""
    IRREGULAR = "irregular"
    """Random free-form strokes that follow no object."""
    STUFF = "stuff"
    """A patch of background: sky, wall, grass."""
    SUPPLIED = "supplied"
    """An object that is marked in the source, and nothing else."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What was done to a picture. `title` completes "this picture was made by …"."""

    name: str
    title: str
    definition: str


_OPERATIONS = (
    Operation(
        "text_to_image", "text to image", "The whole picture was synthesised from a text prompt."
    ),
    Operation(
        "image_variation",
        "image variation",
        "The whole picture was synthesised after a real picture.",
    ),
    Operation(
        "reconstruct",
        "reconstruction",
        "A real picture was encoded and decoded by a generative model.",
    ),
    Operation(
        "instruct_edit", "instructed edit", "A model changed the picture as an instruction said."
    ),
    Operation("inpaint_object", "object inpainting", "A model drew a new object inside a mask."),
    Operation(
        "inpaint_remove",
        "removal by inpainting",
        "A region was removed and filled from its surroundings.",
    ),
    Operation("splice", "splicing", "A region of another picture was pasted in."),
    Operation(
        "copy_move", "copy-move", "A region was copied to another place of the same picture."
    ),
    Operation("face_swap", "face swap", "A face was replaced by another person's."),
    Operation(
        "face_blend",
        "face blending",
        "A face was blended with a transformed copy of itself (a self-blended image).",
    ),
    Operation("text_replace", "text replacement", "Text of a document was replaced by other text."),
    Operation("text_insert", "text insertion", "Text was added to an empty place of a document."),
    Operation("text_remove", "text removal", "Text of a document was erased."),
    Operation(
        "field_copy_move",
        "field copy-move",
        "A field of a document was copied over another field of the same document.",
    ),
    Operation("stamp", "stamping", "A stamp that was never given was put on a document."),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _OPERATIONS}
"""The operations Counterfoil knows, by name. An open list: a plugin's generator may name others."""
