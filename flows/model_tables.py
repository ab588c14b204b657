"""The tables of checkpoints, their speeds and the prices of services, for `docs/models.md`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from endpoints.prices import PRICES
from generators.diffusion.preset import Preset
from generators.diffusion.presets import PRESETS
from generators.diffusion.speeds import speeds_of


def models(note: str) -> Iterator[str]:
    """The lines of the document, `note` first."""
    yield f"{note}\n# Checkpoints\n"
    yield "The presets of the `diffusion_` generators. A checkpoint of your own needs none: name"
    yield "its folder or its name on the hub as the option `checkpoint`.\n"
    yield "| preset | checkpoint | family | autoencoder | released | native px | licence | tasks |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from (_row(preset) for preset in PRESETS.values())
    yield "\n# Speeds\n"
    yield "What `counterfoil plan` counts GPU hours with: seconds for a picture at the native size,"
    yield "without compiling. Nothing is known of presets that are not listed.\n"
    yield "| preset | card | seconds | where the figure is from |\n|---|---|---|---|"
    for preset in PRESETS.values():
        for speed in speeds_of(preset, PRESETS):
            yield f"| `{preset.name}` | {speed.card} | {speed.seconds:g} | {speed.source} |"
    yield "\n# Prices of services\n"
    yield "US dollars, for estimates and budgets; batches cost half. Prices change: the invoice is"
    yield "the truth, and the option `price` of a generator overrides a row.\n"
    yield "| model | medium picture | text in, per million tokens | text out | read | where |"
    yield "|---|---|---|---|---|---|"
    for name, price in PRICES.items():
        medium = f"{price.images['medium'][0]:g}" if "medium" in price.images else "-"
        where = price.source if price.checked else f"{price.source}; not checked at its maker's"
        cells = (medium, f"{price.text_in:g}", f"{price.text_out:g}", str(price.read), where)
        yield f"| `{name}` | {' | '.join(cells)} |"
    yield ""


def _row(preset: Preset) -> str:
    size = "its own" if preset.native is None else f"{preset.native[0]} × {preset.native[1]}"
    where = preset.checkpoint
    if Path(where).is_absolute():
        where = "comes with Counterfoil"
    cells = (
        where,
        preset.family,
        preset.autoencoder,
        preset.released,
        size,
        preset.licence,
        ", ".join(sorted(preset.pipelines)),
    )
    return f"| `{preset.name}` | {' | '.join(cells)} |"
