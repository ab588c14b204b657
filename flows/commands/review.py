"""`counterfoil review`: Label Studio up and down, tasks there, judgements back."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from annotation.label_studio.client import LabelStudio
from annotation.label_studio.server import RunningServer, down, up
from annotation.label_studio.status import Status
from flows.prefect_settings import apply_defaults
from flows.run import open_run
from flows.stages.judging.people import local_review
from schemas.attributes import ATTRIBUTES_BY_ID


def run_up(folder: str, port: int, email: str | None) -> None:
    """Start the review's server, or find it."""
    console = Console(stderr=True)
    more = {} if email is None else {"email": email}
    with console.status("Label Studio …") as shown:

        def report(line: str) -> None:
            shown.update(line)
            if not console.is_terminal:
                console.print(line, highlight=False, markup=False)

        server = up(local_review(open_run(folder)), report, port=port, **more)
    _print_account(server)
    with LabelStudio(server.url, server.token) as client:
        print(f"Others make an account at {client.invitation()}")
    print("Next: counterfoil review push")


def run_down(folder: str) -> None:
    """Stop the review's server."""
    stopped = down(local_review(open_run(folder)))
    print("Stopped. What people did is kept." if stopped else "No server runs for this review.")


def run_push(folder: str, adjudicate: bool, served_at: str | None) -> None:
    """Give people their tasks."""
    apply_defaults()
    from flows.review import review_push

    pushed = review_push(folder, adjudicate, served_at)
    if not pushed:
        print("There is nothing to judge: no rater disagrees with another.")
        return
    table = Table(box=None)
    table.add_column("project")
    for name in ("tasks", "added now"):
        table.add_column(name, justify="right")
    for one in pushed:
        table.add_row(one.key.title, f"{one.tasks:,}", f"{one.added:,}")
    Console().print(table)


def run_pull(folder: str) -> None:
    """Bring home what people said."""
    apply_defaults()
    from flows.review import review_pull

    found = review_pull(folder)
    print(
        f"{found.added} judged pictures came in, {found.changed} were changed and {found.deleted} "
        f"taken back since the last pull: {found.rows} rows."
    )
    for problem in found.problems:
        print(f"Left out: {problem}")
    for project in found.absent:
        print(f"{project} is no longer on the server; what people said there stands.")
    if found.rows or found.deleted:
        print("Build again to weigh them and publish: what is done is not done again.")


def run_status(folder: str) -> None:
    """Say how the review stands."""
    from flows.review import review_status

    _print_status(review_status(folder))


def _print_account(server: RunningServer) -> None:
    print(f"Label Studio runs at {server.url}")
    print(f"  e-mail    {server.email}")
    print(f"  password  {server.password}")


def _print_status(found: Status) -> None:
    console = Console()
    projects = Table(title="Projects", box=None, title_justify="left")
    projects.add_column("project")
    for name in ("judged", "of", "share"):
        projects.add_column(name, justify="right")
    for one in found.projects:
        share = f"{one.done / one.tasks:.0%}" if one.tasks else ""
        projects.add_row(one.key.title, f"{one.done:,}", f"{one.tasks:,}", share)
    console.print(projects)
    people = Table(title="People, as of the last pull", box=None, title_justify="left")
    people.add_column("person")
    for name in ("judged", "seconds a picture", "could not judge"):
        people.add_column(name, justify="right")
    for person in found.people:
        seconds = "" if person.seconds is None else f"{person.seconds:.0f}"
        people.add_row(person.name, f"{person.tasks:,}", seconds, f"{person.unsure:,}")
    if found.people:
        console.print(people)
    agreement = Table(title="Agreement of people so far", box=None, title_justify="left")
    agreement.add_column("about")
    for name in ("pairs", "agree"):
        agreement.add_column(name, justify="right")
    for about in found.agreement:
        if about.share is not None:
            known = ATTRIBUTES_BY_ID.get(about.attribute)
            name = known.forged if known else "the picture as a whole"
            agreement.add_row(name, f"{about.pairs:,}", f"{about.share:.0%}")
    if agreement.row_count:
        console.print(agreement)
