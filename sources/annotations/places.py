"""Where annotations lie: paths from the folder of the pictures, and the usual places."""

from __future__ import annotations

import os
import posixpath

from upath import UPath


def resolve(root: UPath, path: str) -> UPath:
    """`path` from the folder `root`; a whole path or a URL stays what it is. Reads nothing."""
    if "://" in path:
        return UPath(path)
    if root.protocol in ("", "file"):
        return UPath(os.path.abspath(os.path.join(str(root), os.path.expanduser(path))))
    # Object stores know no `..`: it is taken out of the path before they are asked.
    steps = posixpath.relpath(posixpath.normpath(posixpath.join("/a/b/c", path)), "/a/b/c")
    place = root
    for step in steps.split("/"):
        if step != ".":
            place = place.parent if step == ".." else place / step
    return place


def usual_folder(root: UPath, names: tuple[str, ...]) -> UPath:
    """The first folder called one of `names` within or beside `root`, or `root` itself."""
    for name in names:
        for place in (root / name, root.parent / name):
            if place.is_dir():
                return place
    return root
