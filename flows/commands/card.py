"""`counterfoil card`."""

from __future__ import annotations

from rich.console import Console

from dataset_cards.card import write_card
from storage.files import write_bytes
from storage.published import MANIFEST, open_published


def run_card(dataset: str) -> None:
    """Draw the card of `dataset` anew and note the new files in its manifest."""
    published = open_published(dataset)
    files = write_card(published)
    manifest = published.manifest.model_copy(update={"files": files})
    write_bytes(published.folder / MANIFEST, (manifest.model_dump_json(indent=1) + "\n").encode())
    Console().print(f"Wrote {len(files)} files in {published.folder}.", highlight=False)
