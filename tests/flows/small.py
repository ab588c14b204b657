"""A recipe that builds in seconds, and a build of it without Prefect."""

from __future__ import annotations

import sys
from pathlib import Path

from flows.road import ROAD
from flows.run import Run, locked, open_run, start_run
from flows.stages.assemble import assemble
from flows.stages.stage import make_part
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from storage.parts import drop_stale_parts

TEXT = """\
name: small
seed: 3
sources:
  - kind: packaged
    domain: natural
    pictures: [chelsea, coffee, flower, hubble_deep_field, ihc]
    crops: {min_side: 256, max_side: 256, per_picture: 2}
  - kind: packaged
    domain: deepfake
    group: portraits
    crops: {min_side: 256, max_side: 256, per_picture: 2}
  - {kind: rendered, count: 6, min_side: 256, max_side: 288}
forge:
  - {generator: splice, count: 4}
  - {generator: copy_move, count: 3}
  - {generator: inpaint_remove, count: 3, options: {method: telea}}
  - {generator: document, operation: text_replace, count: 3}
  - {generator: document, operation: stamp, count: 3}
  - {generator: face_blend, count: 2}
  - {generator: face_swap, count: 2}
splits: {train: 0.5, validation: 0.0, test: 0.5}
audit: {publish_anyway: true}
part_size: 4
"""


def small_recipe() -> Recipe:
    """The recipe, parsed."""
    return parse_recipe(TEXT, "small.yaml")


def build_plainly(folder: str) -> Run:
    """Build the run in `folder`, part after part, in this process."""
    with locked(folder):
        run = open_run(folder)
        for step in ROAD:
            for stage in step.stages:
                count = stage.count(run)
                drop_stale_parts(run.parts, stage.name, count)
                for index in range(count):
                    make_part(stage, run, index)
        assemble(run)
    return run


def file_hashes(run: Run) -> dict[str, str]:
    """The SHA-256 of every file in the published set, by path."""
    from storage.files import hash_file, location

    root = Path(run.dataset.path)
    return {
        str(path.relative_to(root)): hash_file(location(path))
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    start_run(sys.argv[1], small_recipe())
    build_plainly(sys.argv[1])
