"""What a plan says of recipes whose sources are not at hand: counts, time, money."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flows.commands.plan import run_plan
from flows.commands.recipe_file import open_recipe
from flows.forecast import from_quotas
from schemas.errors import RecipeError

RECIPES = Path(__file__).parents[2] / "recipes"
EVALUATED = (
    "stablediffusion", "dalle3", "if", "midjourney", "kandinsky", "pixart", "flux", "gpt4o",
    "styleganxl", "gigagan",
)  # fmt: skip


def test_the_mmfr_recipe_has_the_published_sizes() -> None:
    recipe = open_recipe(RECIPES / "mmfr.yaml", None)
    found = from_quotas(recipe, "")
    sizes = Counter[tuple[bool, str]]()
    for (_, operation, _, split), count in found.counts.items():
        sizes[operation == "real", split] += count
    assert sizes == {
        (False, "train"): 50_000,
        (True, "train"): 50_000,
        (False, "test"): 10_000,
        (True, "test"): 2_000,
    }
    tested = [entry.config_name for entry in recipe.forge if entry.split == "test"]
    assert sorted(tested) == sorted(EVALUATED)


def test_what_can_be_run_can_be_generated_instead() -> None:
    with pytest.raises(RecipeError, match=r"can generate: diffusiondb, .*flux"):
        open_recipe(RECIPES / "mmfr.yaml", None, ["midjourney"])
    recipe = open_recipe(RECIPES / "mmfr.yaml", None, ["flux", "gpt4o"])
    made = {entry.config_name: entry.generator for entry in recipe.forge}
    assert made["flux"] == "diffusion_text_to_image"
    assert made["pixart"] == "import"
    costs = from_quotas(recipe, "").costs
    assert costs.gpu_hours["H100"] > 0.1
    assert 0 < costs.batch_dollars < costs.dollars


def test_the_unified_recipe_is_balanced_over_four_domains() -> None:
    found = from_quotas(open_recipe(RECIPES / "unified.yaml", None), "")
    fakes = Counter[str]()
    for (domain, operation, _, _), count in found.counts.items():
        fakes[domain] += 0 if operation == "real" else count
    assert set(fakes) == {"aigc", "natural", "deepfake", "document"}
    operations = Counter[str]()
    for (_, operation, _, _), count in found.counts.items():
        operations[operation] += count
    del operations["real"], operations["text_to_image"]
    assert max(operations.values()) <= 2 * min(operations.values())


def test_a_plan_without_its_sources_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run_plan(RECIPES / "mmfr.yaml", None, [], False, None)
    shown = capsys.readouterr().out
    assert "the sources are away" in shown
    assert "GB on disk" in shown
    assert "A100" in shown
    assert "batch" in shown
