"""`counterfoil card`."""

from __future__ import annotations

from rich.console import Console

from dataset_cards.card import write_card
from storage.published import open_published, write_manifest


def run_card(dataset: str) -> None:
    """Draw the card of `dataset` anew and note the new files in its manifest."""
    published = open_published(dataset)
    files = write_card(published)
    manifest = published.manifest.model_copy(update={"files": files})
    write_manifest(published.folder, manifest)
    Console().print(f"Wrote {len(files)} files in {published.folder}.", highlight=False)
