"""The flows of the review by people: pictures go to Label Studio, what is said of them comes back.

Both can be run at any time and again: what is there already is not made twice, and a build takes
whatever has been pulled when it weighs the judgements.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from annotation.adjudication import adjudication_queue
from annotation.consensus import agree
from annotation.label_studio.client import LabelStudio
from annotation.label_studio.configuration import Page
from annotation.label_studio.errors import ReviewError
from annotation.label_studio.ledger import read_ledger
from annotation.label_studio.pull import PullReport, pull
from annotation.label_studio.push import Order, PushedProject, push
from annotation.label_studio.sampling import Candidate, choose
from annotation.label_studio.server import pictures_folder, running
from annotation.label_studio.status import Status, status
from annotation.label_studio.tasks import ReviewSample, store_picture
from flows.run import Run, open_run
from flows.stages.judging.people import local_review, read_people
from flows.stages.select import read_samples
from schemas.annotation import Annotation
from schemas.annotation_table import published_annotation
from schemas.vocabulary import Domain, RaterKind
from storage.published import PublishedSet, open_published

URL, TOKEN = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
"""The variables that name a server of the user's own, called as Label Studio's SDK calls them."""
_AT_ONCE = 200
_LIGHT = ("sample_id", "domain", "generator", "operation", "annotations")
_HEAVY = ("image", "mask_observed", "width", "height")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A run under review: its folder for that, its published set, its pictures' facts by id."""

    run: Run
    review: Path
    published: PublishedSet
    candidates: Mapping[str, Candidate]
    domains: tuple[Domain, ...]


def open_review(folder: str) -> Reviewed:
    """The review of a run that has been built. Raises `ReviewError` where there can be none."""
    run = open_run(folder)
    review = local_review(run)
    published = open_published(folder)
    rows = published.table(_LIGHT).to_pylist()
    people: dict[str, list[Annotation]] = {}
    for row in read_people(run).rows:
        people.setdefault(row.sample_id, []).append(row)
    # Of a picture that is published in two encodings people see the one that raters saw.
    own = {sample["sample_id"] for sample in read_samples(run)}
    candidates = {
        row["sample_id"]: _candidate(row, people) for row in rows if row["sample_id"] in own
    }
    domains = tuple(sorted({Domain(row["domain"]) for row in rows}))
    return Reviewed(run, review, published, candidates, domains)


def server_of(review: Path) -> LabelStudio:
    """The server that the environment names, or the one that `review up` started."""
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and not token:
        raise ReviewError(f"{URL} is set and {TOKEN} is not; export the token of your account")
    if url and token:
        return LabelStudio(url, token)
    own = running(review)
    if own is None:
        raise ReviewError(
            "no Label Studio server runs for this review; start one with `counterfoil review up`, "
            f"or name yours by {URL} and {TOKEN}"
        )
    return LabelStudio(own.url, own.token)


def push_review(
    reviewed: Reviewed, server: LabelStudio, adjudicate: bool, served_at: str | None = None
) -> list[PushedProject]:
    """Give people the pictures that they are to judge or, with `adjudicate`, to settle.

    `served_at`: the URL at which somebody serves the folder of pictures; None lets Label Studio
    read it from this machine's disk.
    """
    recipe = reviewed.run.recipe
    chosen = _to_settle(reviewed) if adjudicate else _to_judge(reviewed)
    page = Page(recipe.annotation.cues, reviewed.domains, adjudicate)
    order = Order(recipe.name, recipe.annotation.review, page)
    pictures = pictures_folder(reviewed.review)
    samples = [
        one if served_at is None else replace(one, address=_address(served_at, one.address))
        for one in _samples(reviewed, chosen, pictures)
    ]
    folder = pictures if served_at is None else None
    return push(server, reviewed.review, samples, order, folder)


def _address(served_at: str, address: str) -> str:
    """Where a picture that has a local address is found under a URL."""
    return f"{served_at.rstrip('/')}/{address.rpartition('/')[2]}"


def _to_judge(reviewed: Reviewed) -> Sequence[str]:
    already = [one.sample_id for one in read_ledger(reviewed.review).samples.values()]
    settings = reviewed.run.recipe.annotation.review
    return choose(list(reviewed.candidates.values()), settings, already)


def _to_settle(reviewed: Reviewed) -> Sequence[str]:
    candidates = reviewed.candidates
    judged = {i for i, one in candidates.items() if _by_people(one.rows)}
    rows = [row for sample_id in sorted(judged) for row in candidates[sample_id].rows]
    together = agree(rows, reviewed.run.recipe.annotation.consensus)
    groups = {i: one.generator or "authentic" for i, one in candidates.items()}
    cases = adjudication_queue(together.samples.values(), groups=groups)
    return [case.sample_id for case in cases]


def _by_people(rows: Sequence[Annotation]) -> bool:
    return any(row.rater_kind is RaterKind.HUMAN for row in rows)


def _candidate(row: Mapping[str, Any], people: Mapping[str, Sequence[Annotation]]) -> Candidate:
    """A published picture with the rows of machines, and of people what was pulled since."""
    sample_id = row["sample_id"]
    notes = [published_annotation(sample_id, note) for note in row["annotations"]]
    machines = [note for note in notes if note.rater_kind is not RaterKind.HUMAN]
    rows = (*machines, *people.get(sample_id, ()))
    return Candidate(sample_id, row["generator"], row["operation"], rows)


def _samples(
    reviewed: Reviewed, sample_ids: Sequence[str], pictures: Path
) -> Iterator[ReviewSample]:
    for start in range(0, len(sample_ids), _AT_ONCE):
        some = sample_ids[start : start + _AT_ONCE]
        rows = reviewed.published.rows(some, _HEAVY)
        for sample_id in some:
            row = rows[sample_id]
            mask = row["mask_observed"]
            yield ReviewSample(
                sample_id,
                store_picture(pictures, sample_id, row["image"]["bytes"]),
                row["width"],
                row["height"],
                None if mask is None else mask["bytes"],
                reviewed.candidates[sample_id].rows,
            )


@task(name="push", cache_policy=NO_CACHE)
def push_task(folder: str, adjudicate: bool, served_at: str | None) -> list[PushedProject]:
    """Push what is missing. The result: how each project stands."""
    reviewed = open_review(folder)
    with server_of(reviewed.review) as server:
        return push_review(reviewed, server, adjudicate, served_at)


@task(name="pull", cache_policy=NO_CACHE)
def pull_task(folder: str) -> PullReport:
    """Pull what is new. The result: what was found."""
    review = open_review(folder).review
    with server_of(review) as server:
        return pull(server, review)


@flow(name="review push")
def review_push(
    folder: str, adjudicate: bool = False, served_at: str | None = None
) -> list[PushedProject]:
    """Give people their tasks. Running it again adds what is missing and nothing else."""
    return push_task(folder, adjudicate, served_at)


@flow(name="review pull")
def review_pull(folder: str) -> PullReport:
    """Bring home what people said since the last pull."""
    return pull_task(folder)


def review_status(folder: str) -> Status:
    """How the review of a run stands."""
    review = open_review(folder).review
    with server_of(review) as server:
        return status(server, review)
