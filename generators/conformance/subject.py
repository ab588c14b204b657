"""The generator that a check of the kit is about, with the options that it is tried with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generators.contract import Generator, GeneratorSpec, Spends, Supplies
from generators.registry import create


@dataclass(frozen=True, slots=True)
class Subject:
    """A generator by name and options, as it travels, and what it says that it is with them."""

    name: str
    options: Mapping[str, Any]
    generator: type[Generator]
    spec: GeneratorSpec

    def make(self) -> Generator:
        """A new instance."""
        return create(self.name, self.options)

    @property
    def imports(self) -> bool:
        """Whether it brings its forgeries with it."""
        return isinstance(self.generator, Supplies)

    @property
    def draws(self) -> bool:
        """Whether a job's seed means anything to it: not to a service, nor to an import."""
        return not self.imports and not isinstance(self.generator, Spends)
