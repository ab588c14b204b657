"""What operations have in common: the way in which they leave traces, whatever the domain."""

from __future__ import annotations

PASTING = "pasting"
FILLING = "filling"
DRAWING = "drawing"
SYNTHESIS = "synthesis"

MECHANISMS: dict[str, str] = {
    "splice": PASTING,
    "copy_move": PASTING,
    "field_copy_move": PASTING,
    "face_swap": PASTING,
    "face_blend": PASTING,
    "inpaint_remove": FILLING,
    "text_remove": FILLING,
    "text_replace": DRAWING,
    "text_insert": DRAWING,
    "stamp": DRAWING,
    "text_to_image": SYNTHESIS,
    "image_variation": SYNTHESIS,
    "reconstruct": SYNTHESIS,
    "instruct_edit": SYNTHESIS,
    "inpaint_object": SYNTHESIS,
}
"""Pasting puts camera pixels elsewhere; filling makes up a region from what is around it; drawing
renders marks over a page; in synthesis what is new comes out of a generative model, be it a region
or the whole picture. DeFakerOne found that wholly synthesised pictures teach generated regions of
photographs, in CocoGlide, AutoSplice and OpenSDI."""


def mechanism_of(operation: str) -> str:
    """The mechanism of an operation; one that is not known is its own."""
    return MECHANISMS.get(operation, operation or "unknown")
