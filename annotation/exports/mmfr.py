"""Writes a published set in the folders and files of MMFR-Dataset, for what reads that.

"Toward Generalizable Forgery Detection and Reasoning", arXiv 2503.21210:

    diffusiondb/part-000001/<uuid>.png             training forgeries
    diffusiondb/diffusiondb_reasoning.json
    laion/00000/<9 digits>.jpg                     training photographs
    laion/laion_reasoning.json
    evaluation_sets/<generator>/{0_real,1_fake}/…  a set for each generator
    evaluation_sets/<generator>/<generator>_reasoning.json
    forgery_reasoning_cot.json                     chains of thought of the training set

The folders are called so whatever generators the forgeries are of. Names end after the encoding
that a picture has: writing it anew would add a trace, and with PNG for forgeries and JPEG for
photographs the ending alone would tell them apart.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

from upath import UPath

from annotation.chain_of_thought import parse
from annotation.exports.mmfr_texts import conversation, sentences
from annotation.exports.rows import Exported, Row, Rows, ending, label_of, put
from annotation.exports.streams import json_list, json_object
from schemas.errors import StorageError
from schemas.identity import hash_bytes, unit_interval
from schemas.vocabulary import Label
from storage.files import explained

TRAINING_FAKES, TRAINING_REALS, EVALUATION = "diffusiondb", "laion", "evaluation_sets"
CHAINS = "forgery_reasoning_cot.json"
UNPAIRED = "there are not as many real pictures for its generator's evaluation set"
UNUSED = "no generator's evaluation set needs another real picture"
SetsBy = Literal["generator", "generator_model", "generator_family", "operation"]
_OF_A_FOLDER = 1000
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_FOLDERS = {Label.REAL: "0_real", Label.FAKE: "1_fake"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a picture goes: its path, the file that its reasoning goes to, and its key there."""

    path: str
    reasoning: str
    key: str


def export_mmfr(
    rows: Rows,
    root: UPath,
    training: Collection[str] = ("train",),
    evaluation: Collection[str] = ("test",),
    by: SetsBy = "generator",
) -> Exported:
    """Write MMFR's layout below `root` and say what is in it.

    An evaluation set holds the forgeries of one generator (or of what else `by` names) and as many
    real pictures, as MMFR's own evaluation demands: first those that its forgeries were made from,
    then others of the split. A real picture may stand in several sets, as in MMFR. What is said of
    a picture is what its `reasoning` says. `rows` is read twice, the second time with pictures, one
    at a time; an export that was broken off goes on where it was. Raises `StorageError` where other
    files lie in these folders already, since a reader would take them for ours.
    """
    places, left_out = _plan(rows, frozenset(training), frozenset(evaluation), by)
    planned = {place.path for one in places.values() for place in one}
    reasonings = sorted({place.reasoning for one in places.values() for place in one})
    _refuse_strangers(root, planned | {*reasonings, CHAINS})
    columns = ("sample_id", "image", "reasoning")
    with ExitStack() as files:
        add = {name: files.enter_context(json_object(root / name)) for name in reasonings}
        add_chain = files.enter_context(json_list(root / CHAINS))
        for _, row in rows(columns) if places else ():
            for place in places.get(row["sample_id"], ()):
                put(root, place.path, row["image"])
                chain = parse(row["reasoning"])
                add[place.reasoning](place.key, sentences(chain))
                if not place.path.startswith(EVALUATION):
                    add_chain(conversation(place.path, chain))
    return Exported(len(planned), (*reasonings, CHAINS), left_out)


def _plan(
    rows: Rows, training: frozenset[str], evaluation: frozenset[str], by: SetsBy
) -> tuple[dict[str, list[_Place]], dict[str, int]]:
    """The places of each picture, by sample id, and how many pictures have none, by reason."""
    places: defaultdict[str, list[_Place]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    counts: Counter[Label] = Counter()
    fakes: defaultdict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    reals: dict[str, str] = {}
    columns = dict.fromkeys(("sample_id", "label", "generator", by, "source_id", "codec"))
    for split, row in rows(tuple(columns)):
        label, sample = label_of(row), row["sample_id"]
        if split in training:
            places[sample].append(_training_place(row, label, counts[label]))
            counts[label] += 1
        elif split not in evaluation:
            left_out[f"the split {split} is neither for training nor for evaluation"] += 1
        elif label is Label.FAKE:
            name = _UNFIT.sub("_", row[by] or row["generator"])
            fakes[name].append((sample, ending(row), row["source_id"]))
        else:
            reals[sample] = ending(row)
    used = set()
    for generator in sorted(fakes):
        chosen = _reals_for(generator, fakes[generator], reals)
        for sample in chosen:
            places[sample].append(_evaluation_place(generator, Label.REAL, sample, reals[sample]))
        for sample, suffix, _ in fakes[generator][: len(chosen)]:
            places[sample].append(_evaluation_place(generator, Label.FAKE, sample, suffix))
        used.update(chosen)
        left_out[UNPAIRED] += len(fakes[generator]) - len(chosen)
    left_out[UNUSED] += len(reals) - len(used)
    return places, {reason: count for reason, count in sorted(left_out.items()) if count}


def _training_place(row: Row, label: Label, number: int) -> _Place:
    folder, within = divmod(number, _OF_A_FOLDER)
    if label is Label.FAKE:
        name = f"part-{folder + 1:06d}/{_uuid(row['sample_id'])}"
    else:
        name = f"{folder:05d}/{folder:05d}{within:04d}"
    top = TRAINING_FAKES if label is Label.FAKE else TRAINING_REALS
    path = f"{top}/{name}.{ending(row)}"
    return _Place(path, f"{top}/{top}_reasoning.json", path)


def _evaluation_place(generator: str, label: Label, sample: str, suffix: str) -> _Place:
    key = f"{generator}/{_FOLDERS[label]}/{_uuid(sample)}.{suffix}"
    return _Place(
        f"{EVALUATION}/{key}", f"{EVALUATION}/{generator}/{generator}_reasoning.json", key
    )


def _reals_for(
    generator: str, fakes: list[tuple[str, str, str | None]], reals: Mapping[str, str]
) -> list[str]:
    """At most as many real pictures as there are forgeries, those they were made from first."""
    sources = dict.fromkeys(source for *_, source in fakes if source in reals)
    others = sorted(
        (sample for sample in reals if sample not in sources),
        key=lambda sample: (unit_interval("mmfr", generator, sample), sample),
    )
    return [str(sample) for sample in (*sources, *others)][: len(fakes)]


def _uuid(sample: str) -> str:
    """A name in the form of DiffusionDB's, which a sample id decides."""
    return str(uuid.UUID(hex=hash_bytes(sample.encode())[:32], version=4))


def _refuse_strangers(root: UPath, known: Collection[str]) -> None:
    with explained(f"looking into {root}"):
        if not root.exists():
            return
        base = root.fs._strip_protocol(root.path).rstrip("/")
        for folder in (TRAINING_FAKES, TRAINING_REALS, EVALUATION):
            for file in sorted(root.fs.find(f"{base}/{folder}")):
                name = str(file)[len(base) :].lstrip("/")
                if name not in known and not name.endswith(".partial"):
                    raise StorageError(
                        f"{root} holds {name}, which is not of this export; "
                        "choose an empty folder with --out"
                    )
