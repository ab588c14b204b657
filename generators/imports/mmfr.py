"""MMFR-Dataset in its own folders, with the reasoning of its JSON files.

"Toward Generalizable Forgery Detection and Reasoning", arXiv 2503.21210.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from upath import UPath

from generators.contract import Item
from generators.imports.collection import Entry
from generators.imports.folder import FolderSet, open_root
from generators.imports.options import UNKNOWN, ImportOptions
from schemas.errors import GeneratorError
from storage.files import explained

EVALUATION, TRAINING, REALS = "evaluation_sets", "diffusiondb", "laion"
_FAKES = "1_fake"
_CHAIN_OF_THOUGHT = "forgery_reasoning_cot.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What the paper says of one of the generators: what it is, and where its pictures are from."""

    model: str
    family: str
    released: str
    taken_from: str


MADE: dict[str, Made] = {
    TRAINING: Made("Stable Diffusion 1.x", "stable-diffusion-1", "2022-08-22", "DiffusionDB"),
    "stablediffusion": Made(
        "Stable Diffusion 1.x", "stable-diffusion-1", "2022-08-22", "DiffusionDB"
    ),
    "dalle3": Made("DALL-E 3", "dall-e-3", "2023-10", "ehristoforu/dalle-3-images"),
    "if": Made("DeepFloyd IF", "deepfloyd-if", "2023-04-28", "AntifakePrompt"),
    "midjourney": Made("Midjourney", "midjourney", UNKNOWN, "GenImage"),
    "kandinsky": Made(
        "Kandinsky 2.2", "kandinsky-2", "2023-07", "diffusers-parti-prompts/kandinsky-2-2"
    ),
    "pixart": Made("PixArt-alpha", "pixart", "2023-11", "PixArt-alpha/PixArt-Eval30K"),
    "flux": Made("FLUX.1", "flux.1", "2024-08-01", "lehduong/flux_generated"),
    "gpt4o": Made("GPT-4o", "gpt-4o", "2025-03-25", "FreedomIntelligence/ShareGPT-4o-Image"),
    "styleganxl": Made("StyleGAN-XL", "stylegan-xl", "2022-02", "AntifakePrompt"),
    "gigagan": Made("GigaGAN", "gigagan", "2023-03", "Cozzolino et al."),
}
"""By the name of its folder. Counterfoil's families are used where it knows them."""


class MmfrSet:
    """The forgeries of one generator of MMFR-Dataset, with their reasoning.

    Its real pictures (`0_real`, `laion`) are a folder for `sources`.
    """

    def __init__(self, options: ImportOptions) -> None:
        root = open_root(options.path)
        # The archives unpack into a folder of this name.
        self._root = root / "dataset" if is_mmfr(root / "dataset") else root
        self._generator = self._chosen(options.generator)
        self._within = (
            TRAINING if self._generator == TRAINING else f"{EVALUATION}/{self._generator}/{_FAKES}"
        )
        self._folder = FolderSet(options, self._root / self._within)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The set, the generator, and where the set's makers took its pictures from."""
        made = MADE.get(self._generator)
        return {
            "set": "MMFR-Dataset",
            "mmfr_generator": self._generator,
            "taken_from": made.taken_from if made else UNKNOWN,
        }

    def items(self, count: int) -> Sequence[Item]:
        """The first of the generator's forgeries by a stable hash of their paths."""
        return self._folder.items(count)

    def fetch(self, names: Sequence[str]) -> None:
        """Nothing: every picture is a file of its own."""

    def read(self, name: str) -> Entry:
        """The picture, and what MMFR says of it."""
        entry = self._folder.read(name)
        file = f"{self._within}/{name}"
        known: dict[str, Any] = {}
        reasoning = _lookup(self._reasoning, file)
        if isinstance(reasoning, dict):
            told = {key: value for key, value in reasoning.items() if value is not None}
            known["mmfr_reasoning"] = told
        answer = _lookup(self._answers, file)
        if answer is not None:
            known["mmfr_answer"] = answer
        return Entry(file, entry.data, entry.mask, known, () if known else ("reasoning",))

    def _chosen(self, asked: str | None) -> str:
        there = [*generators_in(self._root)]
        if (self._root / TRAINING).is_dir():
            there.append(TRAINING)
        if not there:
            raise GeneratorError(
                f"import, layout mmfr: {self._root.name!r} has neither {EVALUATION} nor {TRAINING}"
            )
        if asked is None and len(there) == 1:
            return there[0]
        if asked not in there:
            said = f"{asked!r} is not there" if asked else "say which one"
            raise GeneratorError(
                f"import, generator: {said}; this copy of MMFR-Dataset has: {', '.join(there)}"
            )
        return asked

    @cached_property
    def _reasoning(self) -> dict[str, Any]:
        file = f"{self._generator}_reasoning.json"
        folder = TRAINING if self._generator == TRAINING else EVALUATION
        for place in (folder, f"{EVALUATION}/{self._generator}", "."):
            value = _json(self._root / place / file)
            if isinstance(value, dict):
                return value
        return {}

    @cached_property
    def _answers(self) -> dict[str, str]:
        """The chains of thought of the training set, by the picture's path."""
        if self._generator != TRAINING:
            return {}
        entries = _json(self._root / _CHAIN_OF_THOUGHT)
        found: dict[str, str] = {}
        for entry in entries if isinstance(entries, list) else ():
            match entry:
                case {"image": str(image), "conversations": [*_, {"value": str(value)}]}:
                    found[image] = value
        return found


def is_mmfr(root: UPath) -> bool:
    """Whether a folder looks like MMFR-Dataset."""
    return (
        bool(generators_in(root))
        or (root / _CHAIN_OF_THOUGHT).exists()
        or (root / TRAINING / f"{TRAINING}_reasoning.json").exists()
    )


def generators_in(root: UPath) -> tuple[str, ...]:
    """The generators whose forgeries a copy of the set has for evaluation, sorted."""
    folder = root / EVALUATION
    if not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if (one / _FAKES).is_dir()))


def _lookup(table: Mapping[str, Any], file: str) -> Any:
    """What a table has for a path; its keys may leave out leading folders."""
    parts = file.split("/")
    for start in range(len(parts)):
        key = "/".join(parts[start:])
        if key in table:
            return table[key]
    return None


def _json(path: UPath) -> Any:
    if not path.exists():
        return None
    with explained(f"reading {path.name}"):
        data = path.read_bytes()
    try:
        return json.loads(data)
    except ValueError as error:
        raise GeneratorError(f"import: {path.name} is no JSON: {error}") from error
