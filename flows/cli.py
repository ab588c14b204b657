"""The command line. Commands import what they need when they run, so that help is instant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.curation_cli import curation
from flows.detector_cli import detectors
from flows.review_cli import QUICKSTART, review
from flows.upkeep_cli import upkeep

app = typer.Typer(
    name="counterfoil",
    help="Builds forgery-reasoning datasets: forgeries with masks, checked, annotated, published.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

RecipePath = Annotated[Path, typer.Argument(help="The recipe, a YAML file.", metavar="RECIPE")]
Dataset = Annotated[
    str, typer.Argument(help="A published set or its run folder: a path or URL.", metavar="DATASET")
]
Photos = Annotated[
    str | None,
    typer.Option(help="Also take the photographs in this folder (and the folders in it)."),
]
Generate = Annotated[
    list[str] | None,
    typer.Option(
        help="Generate this evaluation config instead of importing it, or all; may be repeated.",
        metavar="CONFIG",
    ),
]

Budget = Annotated[
    float | None,
    typer.Option(min=0, help="US dollars for services, in place of what the recipe says."),
]

app.add_typer(review, name="review")
app.add_typer(curation)
app.add_typer(detectors)
app.add_typer(upkeep)


@app.command()
def build(
    recipe: RecipePath,
    out: Annotated[
        str | None, typer.Option(help="The run folder; runs/<name of the recipe> by default.")
    ] = None,
    photos: Photos = None,
    generate: Generate = None,
    runner: Annotated[
        str, typer.Option(help="Where parts are made: threads, processes, dask or ray.")
    ] = "threads",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Parts made at a time; one a core by default.")
    ] = None,
    budget: Budget = None,
) -> None:
    """Build a dataset. What an earlier, broken-off build of it has done is not done again."""
    from flows.commands.build import run_build

    run_build(recipe, out, photos, generate or [], runner, workers, budget)


@app.command()
def annotate(
    recipe: RecipePath,
    out: Annotated[
        str | None, typer.Option(help="The run folder; runs/<name of the recipe> by default.")
    ] = None,
    photos: Photos = None,
    generate: Generate = None,
    budget: Budget = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would ask and cost; ask nothing.")
    ] = False,
    runner: Annotated[
        str, typer.Option(help="Where parts are made: threads, processes, dask or ray.")
    ] = "threads",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Parts made at a time; one a core by default.")
    ] = None,
) -> None:
    """Let the recipe's raters judge the pictures, and publish nothing. Builds what they need."""
    from flows.commands.annotate import run_annotate

    run_annotate(recipe, out, photos, generate or [], budget, dry_run, runner, workers)


@app.command()
def plan(
    recipe: RecipePath,
    photos: Photos = None,
    generate: Generate = None,
    json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    quotas: Annotated[
        bool | None,
        typer.Option(
            "--quotas/--read",
            help="From the quotas alone, or on the pictures; by default what takes a minute.",
        ),
    ] = None,
) -> None:
    """Say what a build would make, and what it would cost. Writes nothing."""
    from flows.commands.plan import run_plan

    run_plan(recipe, photos, generate or [], json, quotas)


@app.command()
def generators(
    name: Annotated[str | None, typer.Argument(help="Show this one, with its options.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the generators, or show one with its options."""
    from flows.commands.generators import run_generators

    run_generators(name, json)


@app.command("check-generator")
def check_generator(
    name: Annotated[str | None, typer.Argument(help="Name of an installed generator.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check every installed generator.")] = False,
) -> None:
    """Check that a generator keeps the contract: determinism, masks, rejection, exact splices."""
    from flows.commands.check_generator import run_check_generator

    run_check_generator(name, all_)


@app.command("new-generator")
def new_generator(
    name: Annotated[str, typer.Argument(help="Its name, in snake_case.")],
    domain: Annotated[
        str, typer.Option(help="What it forges: natural, deepfake, document or aigc.")
    ] = "natural",
    operation: Annotated[
        str | None, typer.Option(help="What it does, in snake_case; its name by default.")
    ] = None,
    needs: Annotated[
        str | None,
        typer.Option(help="What its jobs bring: mask, second, prompt, face, words, by commas."),
    ] = None,
    package: Annotated[
        Path | None, typer.Option(help="The folder to write the package to; NAME by default.")
    ] = None,
    in_repo: Annotated[
        bool, typer.Option("--in-repo", help="Write into this checkout of Counterfoil instead.")
    ] = False,
) -> None:
    """Write a generator that runs as it is, with its test and a recipe, to build upon."""
    from flows.commands.new_generator import run_new_generator

    run_new_generator(name, domain, operation, needs, package, in_repo)


@app.command()
def show(
    sample: Annotated[str, typer.Argument(help="A sample id, or the beginning of one.")],
    dataset: Annotated[str, typer.Option(help="A published set or its run folder.")] = QUICKSTART,
    save: Annotated[
        Path | None, typer.Option(help="Also save the pictures side by side as this PNG.")
    ] = None,
) -> None:
    """Show a sample: picture, three masks, provenance, reasoning."""
    from flows.commands.show import run_show

    run_show(sample, dataset, save)


@app.command()
def export(
    dataset: Dataset,
    out: Annotated[str, typer.Argument(help="The folder to write; a path or URL.")],
    form: Annotated[
        str,
        typer.Option(
            help="mmfr: MMFR-Dataset's folders and files; llava, swift: conversations as LLaVA and "
            "ms-swift train on; questions: answers that begin with the verdict, with masks."
        ),
    ] = "mmfr",
    licence: Annotated[
        list[str] | None,
        typer.Option(
            help="Write only what this permits: an id, CC-BY*, redistribute, commercial; may be "
            "repeated."
        ),
    ] = None,
) -> None:
    """Write a published set in a form that others train on."""
    from flows.commands.export import run_export

    run_export(dataset, out, form, tuple(licence or ()))


@app.command()
def validate(dataset: Dataset) -> None:
    """Read every shard back and check every contract."""
    from flows.commands.validate import run_validate

    run_validate(dataset)


@app.command()
def card(dataset: Dataset) -> None:
    """Draw the card, its figures and the contact sheet of a published set anew."""
    from flows.commands.card import run_card

    run_card(dataset)


@app.command("recipe-schema")
def recipe_schema(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the terminal.")
    ] = None,
) -> None:
    """Print the JSON schema of recipes, with which editors complete and check them."""
    from flows.commands.recipe_schema import run_recipe_schema

    run_recipe_schema(out)


def main() -> None:
    """The entry point: errors that Counterfoil raises on purpose become one message."""
    from schemas.errors import CounterfoilError

    try:
        app()
    except CounterfoilError as error:
        print(f"counterfoil: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("counterfoil: interrupted; run the same command again to go on", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
