"""`counterfoil card`."""

from __future__ import annotations

from rich.console import Console

from flows.card_drawing import draw_card
from storage.published import open_published, write_manifest


def run_card(dataset: str) -> None:
    """Draw the card of `dataset` anew and note the new files in its manifest."""
    published = open_published(dataset)
    manifest = draw_card(published)
    write_manifest(published.folder, manifest)
    Console().print(f"Wrote {len(manifest.files)} files in {published.folder}.", highlight=False)
