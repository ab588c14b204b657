"""Public sets as a generator: folders, hub data sets, MMFR-Dataset."""

from generators.imports.generator import Import

__all__ = ["Import"]
