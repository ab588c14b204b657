"""The commands of `counterfoil review`. They import what they need when they run, as all do."""

from __future__ import annotations

from typing import Annotated

import typer

QUICKSTART = "runs/quickstart"
ReviewedRun = Annotated[str, typer.Argument(help="The run folder of a set.", metavar="RUN")]

review = typer.Typer(
    no_args_is_help=True, help="Let people judge the pictures of a set in Label Studio."
)


@review.command("up")
def review_up(
    run: ReviewedRun = QUICKSTART,
    port: Annotated[int, typer.Option(help="Another one is found where it is taken.")] = 8080,
    email: Annotated[
        str | None, typer.Option(help="Of the first account, on the first start.")
    ] = None,
) -> None:
    """Start Label Studio for a set, on this machine alone; it is installed on first use."""
    from flows.commands.review import run_up

    run_up(run, port, email)


@review.command("down")
def review_down(run: ReviewedRun = QUICKSTART) -> None:
    """Stop the server that `review up` started. What people did is kept."""
    from flows.commands.review import run_down

    run_down(run)


@review.command("push")
def review_push(
    run: ReviewedRun = QUICKSTART,
    adjudicate: Annotated[
        bool,
        typer.Option("--adjudicate", help="Push what people disagree on, to be settled."),
    ] = False,
    served_at: Annotated[
        str | None,
        typer.Option(
            help="For a server on another machine: the URL at which you serve the folder "
            "review/files/pictures of the run.",
            metavar="URL",
        ),
    ] = None,
) -> None:
    """Give people their pictures. Pushing again adds what is missing and nothing else.

    To a server of your own: export LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.
    """
    from flows.commands.review import run_push

    run_push(run, adjudicate, served_at)


@review.command("pull")
def review_pull(run: ReviewedRun = QUICKSTART) -> None:
    """Bring back what people have said, changed and deleted since the last pull."""
    from flows.commands.review import run_pull

    run_pull(run)


@review.command("status")
def review_status(run: ReviewedRun = QUICKSTART) -> None:
    """Say how far people are, how long they take, and how often they agree."""
    from flows.commands.review import run_status

    run_status(run)
