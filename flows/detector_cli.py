"""The commands that train, measure and question detectors. They import what they need when run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.baselines.registry import BASELINES

detectors = typer.Typer(no_args_is_help=True)

LEARN = "Train and measure detectors"
Published = Annotated[
    str, typer.Argument(help="A published set or its run folder: a path or URL.", metavar="DATASET")
]
Data = Annotated[
    str | None,
    typer.Option(help="The published set, in place of the recipe's.", metavar="DATASET"),
]
Out = Annotated[Path | None, typer.Option(help="The folder to write to.")]
Features = Annotated[
    str,
    typer.Option(
        help="What the probe looks at: residuals (needs no weights), clip:CHECKPOINT, "
        "dino:CHECKPOINT, or detector:FOLDER.",
    ),
]
Seeds = Annotated[int, typer.Option(min=1, help="How often each figure is measured anew.")]
Config = Annotated[str, typer.Option(help="The configuration of the set.")]


@detectors.command(rich_help_panel=LEARN)
def train(
    recipe: Annotated[
        Path, typer.Argument(help="The training recipe, a YAML file.", metavar="RECIPE")
    ],
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option(help="detectors/<name of the recipe> by default.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many steps; a later call goes on.")
    ] = None,
) -> None:
    """Train a detector. What an earlier, broken-off training of it has learnt is kept."""
    from flows.commands.train import run_train

    run_train(recipe, data, out, steps)


@detectors.command(rich_help_panel=LEARN)
def evaluate(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A published set, its run folder, or the folder of a known benchmark.",
            metavar="DATASET",
        ),
    ],
    detector: Annotated[
        list[str] | None,
        typer.Option(help="Folder of a trained detector; may be repeated.", metavar="FOLDER"),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="Also measure a baseline, fitted on the set's training split: "
            f"{', '.join(one.usage for one in BASELINES.values())}; may be repeated.",
            metavar="NAME",
        ),
    ] = None,
    fit_on: Annotated[
        str | None,
        typer.Option(
            help="The published set that baselines are fitted on, where DATASET has no training "
            "split.",
            metavar="DATASET",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="The split to measure on; test, or a benchmark's first.")
    ] = None,
    config: Config = "default",
    benchmark: Annotated[
        str | None, typer.Option(help="Which benchmark it is, where its folder does not tell.")
    ] = None,
    robustness: Annotated[
        bool, typer.Option(help="Also measure under every perturbation at every level.")
    ] = False,
    perturbation: Annotated[
        list[str] | None,
        typer.Option(help="Also measure under this perturbation; may be repeated."),
    ] = None,
    paper: Annotated[
        bool, typer.Option(help="Also compute the figures as MMFR's published code does.")
    ] = False,
    text_encoder: Annotated[
        str | None,
        typer.Option(help="CLIP checkpoint that CSS is computed with.", metavar="CHECKPOINT"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Look at this many pictures, evenly drawn.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the intervals and of what is drawn.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="evaluations/<name of the set> by default.")
    ] = None,
) -> None:
    """Measure detectors and baselines on a set: figures, tables, pictures and every answer."""
    from flows.commands.evaluate import run_evaluate

    run_evaluate(
        dataset,
        detectors=detector or [],
        baselines=baseline or [],
        fit_on=fit_on,
        split=split,
        config=config,
        benchmark=benchmark,
        perturbations=None if robustness else tuple(perturbation or ()),
        paper=paper,
        text_encoder=text_encoder,
        limit=limit,
        seed=seed,
        out=out,
    )


@detectors.command(rich_help_panel=LEARN)
def transfer(
    dataset: Published,
    by: Annotated[
        str, typer.Option(help="What is trained on one by one: operation, domain or generator.")
    ] = "operation",
    features: Features = "residuals",
    equal: Annotated[
        bool,
        typer.Option(
            "--equal/--all-pictures",
            help="Each row learns from as many forgeries as the smallest has, so that volume does "
            "not pass for transfer; or from all that it has.",
        ),
    ] = True,
    seeds: Seeds = 3,
    config: Config = "default",
    out: Annotated[Path | None, typer.Option(help="studies/<name of the set> by default.")] = None,
) -> None:
    """Train on one operation or domain, test on all: which forgeries teach which."""
    from flows.commands.studies import run_transfer

    run_transfer(dataset, by, features, seeds, config, out, equal)


@detectors.command(rich_help_panel=LEARN)
def scaling(
    dataset: Published,
    by: Annotated[
        str, typer.Option(help="A curve for each: domain, operation, generator or none.")
    ] = "domain",
    features: Features = "residuals",
    seeds: Seeds = 3,
    config: Config = "default",
    out: Annotated[Path | None, typer.Option(help="studies/<name of the set> by default.")] = None,
) -> None:
    """Accuracy against the amount of training data, with a fitted power law."""
    from flows.commands.studies import run_scaling

    run_scaling(dataset, by, features, seeds, config, out)


@detectors.command(rich_help_panel=LEARN)
def mine(
    evaluation: Annotated[
        Path,
        typer.Argument(
            help="What `evaluate` wrote for one detector: its folder.", metavar="EVALUATION"
        ),
    ],
    data: Annotated[
        str, typer.Option(help="The published set that was measured on.", metavar="DATASET")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many forgeries to ask for.")] = 1000,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
) -> None:
    """Ask for more of what a detector fails on: a job list, and the recipe that makes it."""
    from flows.commands.mine import run_mine

    run_mine(evaluation, data, count, out)
