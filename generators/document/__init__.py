"""Edits captured pages as a forger with an image editor does."""

from generators.document.generator import DocumentEdit

__all__ = ["DocumentEdit"]
