"""Why a forgery cannot be planned, in words that say what would help."""

from __future__ import annotations

from generators.contract import GeneratorSpec, Need
from generators.planning.candidate import Unplannable
from schemas.recipe.forge import ForgeEntry

_WANTS = {Need.FACE: "a face", Need.WORDS: "words", Need.MASK: "a place for a mask"}


def none_suits(entry: ForgeEntry, spec: GeneratorSpec, split: str | None, unpermitted: bool) -> str:
    """That no source suits an entry; `unpermitted`: some would, if their people had agreed."""
    asked = [text for need, text in _WANTS.items() if need in spec.needs]
    kind = " or ".join(spec.domains)
    detail = f"no picture of domain {kind}" + (f" has {' and '.join(asked)}" if asked else "")
    if entry.sources:
        detail += f" in {', '.join(entry.sources)}"
    if split:
        detail += f" in split {split}"
    if unpermitted:
        detail += (
            "; portraits of unknown consent are not forged: set `consent` of their sources, or "
            "curation.real_faces to any"
        )
    return detail


def prompt_elsewhere(index: int, operation: str, prompt: str | None) -> Unplannable:
    """That a prompt is at home in another split."""
    detail = f"the prompt {prompt!r} is used in another split; see curation.groups.prompt"
    return Unplannable(index, operation, "prompt_in_other_split", detail)
