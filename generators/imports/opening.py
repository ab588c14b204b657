"""Finds out how a public set is stored, and opens it."""

from __future__ import annotations

import os
import re

from generators.imports.collection import PublicSet
from generators.imports.dataset import DatasetRows
from generators.imports.folder import FolderSet, open_root
from generators.imports.hub import SAVED
from generators.imports.mmfr import MmfrSet, is_mmfr
from generators.imports.options import ImportOptions
from schemas.errors import GeneratorError
from storage.files import location
from storage.reading import EXTENSIONS

_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_DATA_FILES = (".parquet", ".arrow", ".tar")


def open_set(options: ImportOptions) -> PublicSet:
    """The set that the options name. Raises `GeneratorError` where there is none."""
    layout = layout_of(options)
    if options.generator is not None and layout != "mmfr":
        raise GeneratorError(
            f"import, generator: {options.path!r} is no copy of MMFR-Dataset (it was taken for a "
            f"{layout}); leave the option out, and say model"
        )
    match layout:
        case "mmfr":
            return MmfrSet(options)
        case "dataset":
            return DatasetRows(options)
        case _:
            return FolderSet(options)


def layout_of(options: ImportOptions) -> str:
    """ "folder", "dataset" or "mmfr": what the options say, or what is found at the path."""
    if options.layout != "auto":
        return options.layout
    path = os.path.expanduser(options.path)
    root = location(path)
    if not root.exists():
        if options.path.startswith((".", "/", "~")) or not _HUB_NAME.fullmatch(options.path):
            raise GeneratorError(f"import: the folder {options.path!r} does not exist")
        return "dataset"
    root = open_root(options.path)
    if is_mmfr(root) or is_mmfr(root / "dataset"):
        return "mmfr"
    data = False
    # One picture decides it; a large bucket is not listed to its end.
    for _, _, names in root.fs.walk(root.fs._strip_protocol(root.path)):
        lower = [str(name).lower() for name in names]
        if any(name.endswith(EXTENSIONS) for name in lower):
            return "folder"
        data = data or any(name.endswith(_DATA_FILES) or name in SAVED for name in lower)
    return "dataset" if data else "folder"
