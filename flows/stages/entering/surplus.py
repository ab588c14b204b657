"""Real pictures beyond the number of forgeries, and topics that one label has more of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from curation.balance.content_match import surplus
from curation.balance.topics import sort_captions
from schemas.identity import unit_interval
from schemas.vocabulary import Domain, Label, Status

OFF_TOPIC = "surplus_topic"


def leave_out_surplus(
    rows: Sequence[dict[str, Any]], by_id: Mapping[str, dict[str, Any]], seed: int
) -> None:
    """Leave out real pictures beyond the forgeries of their domain and split, that none uses."""
    standing = [row for row in rows if row["status"] == Status.OK]
    fakes = [row for row in standing if row["label"] == Label.FAKE]
    used = {row[column] for row in fakes for column in ("source_id", "second_id")}
    forged = Counter((_kind(row, by_id), row["split"]) for row in fakes)
    domains = {domain for domain, _ in forged}
    kept: Counter[tuple[str, str]] = Counter()

    def order(row: dict[str, Any]) -> tuple[bool, float]:
        return row["sample_id"] not in used, unit_interval(seed, "balance", row["sample_id"])

    for row in sorted((row for row in standing if row["label"] == Label.REAL), key=order):
        place = (row["domain"], row["split"])
        surplus = row["domain"] in domains and kept[place] >= forged[place]
        if surplus and row["sample_id"] not in used:
            detail = f"the {place[1]} split has as many real {place[0]} pictures as forgeries"
            row |= {"status": Status.REJECTED, "reason": "surplus_real", "detail": detail}
        else:
            kept[place] += 1


def _kind(fake: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> str:
    """The domain of the real pictures that a forgery is weighed against."""
    if fake["source_id"] is None:
        return str(Domain.NATURAL)
    return str(by_id[fake["source_id"]]["domain"])


def match_topics(
    rows: Sequence[dict[str, Any]], captions: Mapping[str, str | None], count: int, seed: int
) -> None:
    """Leave out what one label has more of a topic, split by split.

    `captions`: what each picture is about, by `sample_id`; pictures without stay. So do pictures
    that forgeries were made from, and forgeries that have a source: these are about the same.
    """
    standing = [row for row in rows if row["status"] == Status.OK]
    if not any(captions.get(row["sample_id"]) for row in standing):
        return
    fakes = [row for row in standing if row["label"] == Label.FAKE]
    used = {row[column] for row in fakes for column in ("source_id", "second_id")}
    fake = np.array([row["label"] == Label.FAKE for row in standing], np.bool_)
    fixed = np.array(
        [
            row["source_id"] is not None if row["label"] == Label.FAKE else row["sample_id"] in used
            for row in standing
        ],
        np.bool_,
    )
    ids = [row["sample_id"] for row in standing]
    topics = sort_captions([captions.get(name) for name in ids], count, seed)
    splits = [row["split"] for row in standing]
    by_id = {row["sample_id"]: row for row in standing}
    for one in surplus(topics, fake, ids, seed, strata=splits, fixed=fixed):
        by_id[one.sample_id] |= {
            "status": Status.REJECTED,
            "reason": OFF_TOPIC,
            "detail": one.detail,
        }
