"""Finds out which pictures of a set are real and which fake, and which belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from schemas.vocabulary import Label
from storage.picture_sets.contract import StoredPicture

REAL_NAMES = (
    "real", "0_real", "reals", "authentic", "au", "original", "originals", "nature", "natural",
    "genuine", "pristine", "human", "untampered", "bonafide",
)  # fmt: skip
FAKE_NAMES = (
    "fake", "1_fake", "fakes", "forged", "forgery", "tampered", "tp", "ai", "ai_generated",
    "generated", "synthetic", "manipulated", "edited", "deepfake", "aigc",
)  # fmt: skip
LABEL_COLUMNS = ("label", "labels", "is_fake", "fake", "is_real", "target", "class")
GROUP_COLUMNS = ("group_id", "group", "source_id")
GENERATOR_COLUMNS = ("generator", "model", "generator_name")
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing"})
_OTHER_FACTS = ("domain", "codec", "folder", "split")


@dataclass(frozen=True, slots=True)
class Labelling:
    """Where labels and groups stand: in named columns, or else where they usually do.

    `real`, `fake`: values or folders that mean one and the other, in place of the usual ones.
    """

    label_column: str | None = None
    group_column: str | None = None
    real: tuple[str, ...] = ()
    fake: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """All columns that may be looked at."""
        named = [name for name in (self.label_column, self.group_column) if name]
        usual = (*LABEL_COLUMNS, *GROUP_COLUMNS, *GENERATOR_COLUMNS, *_OTHER_FACTS)
        return tuple(dict.fromkeys((*named, *usual)))

    def label(self, picture: StoredPicture) -> Label | None:
        """By the column, or by the folders of the file's path, from the innermost; else None."""
        if self.label_column is not None:
            return self._meant(self.label_column, picture.facts.get(self.label_column))
        for name in LABEL_COLUMNS:
            found = self._meant(name, picture.facts.get(name))
            if found is not None:
                return found
        for folder in reversed(_folders(picture)):
            found = self._named(folder)
            if found is not None:
                return found
        return None

    def group(self, picture: StoredPicture) -> str:
        """By the column; else files of one name belong together, as a source and its forgery do."""
        names = (self.group_column,) if self.group_column else GROUP_COLUMNS
        for name in names:
            value = picture.facts.get(name)
            if value is not None:
                return str(value)
        return PurePosixPath(picture.key).stem

    def generator(self, picture: StoredPicture) -> str:
        """By a column; else the folder in or around the fakes' that is neither label nor split."""
        for name in GENERATOR_COLUMNS:
            if picture.facts.get(name) is not None:
                return str(picture.facts[name])
        for folder in reversed(_folders(picture)):
            if self._named(folder) is None and folder.lower() not in _SPLITS:
                return folder
        return ""

    def _meant(self, column: str, value: Any) -> Label | None:
        if value is None or isinstance(value, Mapping | list):
            return None
        text = str(int(value)) if isinstance(value, bool | float) else str(value)
        found = self._named(text)
        if found is None and not (self.real or self.fake) and text in ("0", "1"):
            says_real = column.lower() in ("is_real", "real")
            return Label.REAL if (text == "1") is says_real else Label.FAKE
        return found

    def _named(self, text: str) -> Label | None:
        text = text.strip().lower()
        if text in {name.lower() for name in self.real or REAL_NAMES}:
            return Label.REAL
        if text in {name.lower() for name in self.fake or FAKE_NAMES}:
            return Label.FAKE
        return None

    def where_labels(self) -> str:
        """In a sentence for the page."""
        if self.label_column:
            return f"Labels: the column {self.label_column}."
        return "Labels: a column of the usual names, or the folders of the files."

    def where_groups(self) -> str:
        """In a sentence for the page."""
        if self.group_column:
            return f"Groups: the column {self.group_column}; no group is on both sides of a fold."
        return "Groups: a column of the usual names, or files of one name."


def _folders(picture: StoredPicture) -> tuple[str, ...]:
    return PurePosixPath(picture.key).parts[:-1]
