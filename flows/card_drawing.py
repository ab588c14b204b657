"""Draws all that stands beside the shards of a set: card, figures, the pages of audits."""

from __future__ import annotations

from curation.mask_audit.audit import audit_published
from dataset_cards.card import write_card
from schemas.errors import DatasetError
from schemas.manifest import Manifest
from schemas.mask_audit import MaskAudit
from storage.published import PublishedSet


def draw_card(published: PublishedSet) -> Manifest:
    """Write the card's files into the set's folder; the manifest that names them, not written."""
    masks = _masks(published)
    manifest = published.manifest.model_copy(
        update={"masks": masks.figures() if masks else {}, "files": {}}
    )
    files = write_card(PublishedSet(published.folder, manifest), masks)
    return manifest.model_copy(update={"files": files})


def _masks(published: PublishedSet) -> MaskAudit | None:
    try:
        return audit_published(published)
    except DatasetError:  # None of its pictures has a mask.
        return None
