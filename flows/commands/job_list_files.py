"""Writes a job list and the recipe that makes it, for the commands that ask for more forgeries."""

from __future__ import annotations

from pathlib import Path

import yaml

from flows.balancing import with_jobs
from schemas.errors import CounterfoilError
from schemas.job_list import JobList
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from storage.files import location, write_bytes


def write_job_list(
    jobs: JobList, recipe: Recipe | None, out: Path, stem: str, purpose: str
) -> tuple[str, ...]:
    """Write `<stem>.jobs.yaml` and, where there is a recipe, `<stem>.filled.yaml`; say where.

    `purpose` completes "the last entries of forge …". Gives remarks on what the recipe cannot say.
    """
    filled, remarks = (None, ()) if recipe is None else with_jobs(recipe, jobs)
    text = "" if recipe is None or filled is None else _spelt(filled, len(recipe.forge), purpose)
    path = out / f"{stem}.jobs.yaml"
    write_bytes(location(path), jobs.spelt().encode())
    print(f"The job list is in {path}.")
    if text:
        path = out / f"{stem}.filled.yaml"
        write_bytes(location(path), text.encode())
        print(
            f"The recipe with it is {path}: built into the same run folder, it makes these "
            "alone and keeps what is there."
        )
    return remarks


def _spelt(recipe: Recipe, before: int, purpose: str) -> str:
    """A recipe as text that reads back as it is."""
    plain = recipe.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    more = len(recipe.forge) - before
    head = f"# The last {more} entries of forge {purpose}; those before are unchanged.\n"
    if parse_recipe(text, "recipe") != recipe:
        raise CounterfoilError("this recipe cannot be written as it is; add the job list by hand")
    return head + text
