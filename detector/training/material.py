"""Gathers what a training is made of: the rows, the detector's configuration, the dialogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.data.offsets import ABSENT
from detector.data.rows import LIGHT_COLUMNS, REAL, Rows, open_rows
from detector.evaluation.drawing import drawn_evenly
from detector.model.config import DetectorConfig
from detector.model.inputs import visual_tokens
from detector.text.dialogue import Dialogue, new_dialogue
from detector.text.templates import Form
from detector.text.vocabulary import learnt, of_checkpoint
from detector.training.configuring import configured, form_of, worded
from detector.training.examples import FAKE, REASONING
from detector.training.recipe import TrainingRecipe
from schemas.errors import CounterfoilError, DatasetError
from storage.published import PublishedSet


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt, by what, and how it is said.

    `validation` None where there is no such split. `unmasked`: forged rows without a mask, which
    are taught their verdict alone, 0 for a detector that draws none. Of no account without a
    language model are `longest`: tokens of the longest answer; `unsaid`: rows without reasoning of
    their own, which are taught their conclusion alone; `shortened`: rows whose reasoning may lose
    its end; `left_out`: rows that do not fit at all.
    """

    rows: Rows
    validation: Rows | None
    config: DetectorConfig
    dialogue: Dialogue | None
    unmasked: int = 0
    longest: int = 0
    unsaid: int = 0
    shortened: int = 0
    left_out: int = 0

    def composition(self) -> Counter[tuple[str, str]]:
        """How many rows there are of each label and operation (a domain, for authentic ones)."""
        table = self.rows.table
        columns = (table[name].to_pylist() for name in ("label", "operation", "domain"))
        return Counter(
            ("fake", str(operation)) if label == FAKE else ("real", str(domain))
            for label, operation, domain in zip(*columns, strict=True)
        )


def gather(recipe: TrainingRecipe, published: PublishedSet) -> Material:
    """All that a recipe trains on, by and with, out of an opened set.

    Raises DatasetError where the set lacks what the recipe names, OSError where a checkpoint is
    not to be had, CounterfoilError where its tokenizer cannot say a verdict.
    """
    config = configured(recipe)
    form = form_of(recipe)
    reasons = config.language is not None and form == "reasoning"
    rows = _rows(recipe, published, recipe.data.split, reasons, recipe.data.limit)
    _refuse_one_label(recipe, config, rows)
    validation = None
    wanted = recipe.data.validation_split
    if wanted is not None and wanted in splits(recipe, published):
        most = recipe.watching.validation_pictures
        validation = _rows(recipe, published, wanted, reasons, most)
    draws = config.mask_head or config.localiser is not None
    unmasked = _unmasked(rows, recipe.data.mask) if draws else 0
    if config.language is None:
        return Material(rows, validation, config, None, unmasked)
    dialogue = _dialogue(recipe, config, rows, form)
    config = worded(config, dialogue)
    return _fitting(Material(rows, validation, config, dialogue, unmasked))


def splits(recipe: TrainingRecipe, published: PublishedSet) -> list[str]:
    """The splits that the recipe's configuration of the set has."""
    return list(dict.fromkeys(one.split for one in published.shards(recipe.data.config)))


def _rows(
    recipe: TrainingRecipe, published: PublishedSet, split: str, reasons: bool, limit: int | None
) -> Rows:
    known = splits(recipe, published)
    if split not in known:
        raise DatasetError(
            f"config {recipe.data.config!r} of {published.folder} has no split {split!r}; it has "
            f"{', '.join(known) or 'no rows at all'}: name one in the recipe's `data`"
        )
    rows = open_rows(
        published,
        split,
        config=recipe.data.config,
        columns=(*LIGHT_COLUMNS, *((REASONING,) if reasons else ())),
        pictures=("image", recipe.data.mask),
    )
    if limit is None or limit >= len(rows):
        return rows
    light = rows.table.select(["sample_id", "label", "operation", "domain"]).to_pylist()
    chosen = drawn_evenly(
        [row["sample_id"] for row in light],
        [row["label"] == FAKE for row in light],
        [row["operation"] or row["domain"] for row in light],
        limit,
        recipe.seed,
    )
    return rows.select(chosen)


def _refuse_one_label(recipe: TrainingRecipe, config: DetectorConfig, rows: Rows) -> None:
    """Raise DatasetError where a verdict is to be learnt from forgeries alone, or from none."""
    labels = {label == FAKE for label in rows.table["label"].to_pylist()}
    if len(labels) == 2 or not (config.probability_head or config.language is not None):
        return
    only, lacking = ("forged", "authentic") if True in labels else ("authentic", "forged")
    raise DatasetError(
        f"all {len(rows):,} rows of split {recipe.data.split!r} are {only}: a verdict is learnt "
        f"from {lacking} ones as well. Choose another split or a larger `data.limit`; for masks "
        "alone, a detector with `probability_head: false` and no language model"
    )


def _unmasked(rows: Rows, mask: str) -> int:
    """How many forged rows are known to have no such mask; compressed shards do not tell."""
    fake = np.array([label == FAKE for label in rows.table["label"].to_pylist()])
    return int((fake & (rows.pictures[mask].offset == ABSENT)).sum())


def weights_of(recipe: TrainingRecipe, rows: Rows) -> dict[str, float] | None:
    """How often each value of the column to balance by is drawn; None: equally often.

    What only forgeries have is null for authentic pictures, which get the recipe's share.
    """
    if recipe.data.balance is None:
        return None
    names = sorted(set(rows.classes(recipe.data.balance)))
    if REAL not in names or len(names) == 1:
        return None
    share = recipe.data.real_share
    each = (1 - share) / (len(names) - 1)
    return {name: share if name == REAL else each for name in names}


def _dialogue(recipe: TrainingRecipe, config: DetectorConfig, rows: Rows, form: Form) -> Dialogue:
    assert config.language is not None
    model = config.language.model
    if model.checkpoint is not None:
        vocabulary = of_checkpoint(model.checkpoint, model.revision)
    else:
        texts = rows.table[REASONING].to_pylist() if form == "reasoning" else []
        vocabulary = learnt([text for text in texts if text], recipe.text.vocabulary)
    masks = config.localiser is not None
    return new_dialogue(vocabulary, form, most=recipe.text.length, masks=masks)


def _fitting(material: Material) -> Material:
    """The material without rows that are too long, and how many of the others say less."""
    dialogue, rows = material.dialogue, material.rows
    assert dialogue is not None
    labels = [label == FAKE for label in rows.table["label"].to_pylist()]
    none: Sequence[str | None] = [None] * len(labels)
    reasons = dialogue.form == "reasoning"
    said = rows.table[REASONING].to_pylist() if reasons else none
    taught = [dialogue.teaches(fake, text) for fake, text in zip(labels, said, strict=True)]
    views = material.config.views
    most = 1 if views.kind == "whole" else views.most + int(views.thumbnail)
    asked = len(dialogue.question(visual_tokens(material.config, most)))
    room = dialogue.terms.most - asked
    rng = np.random.default_rng(0)
    answers = [
        dialogue.answer_for(fake, text, True, rng) for fake, text in zip(labels, said, strict=True)
    ]
    lengths = [
        len(one.ids) + 1
        for one in dialogue.tokenizer.encode_batch(answers, add_special_tokens=False)
    ]
    fits, shortened = [], 0
    for row, (answer, length) in enumerate(zip(answers, lengths, strict=True)):
        try:
            if length > room:
                dialogue.answer_ids(answer, room)
                shortened += 1
            fits.append(row)
        except CounterfoilError:
            continue
    if not fits:
        raise DatasetError(
            f"a question and its picture take {asked} tokens of {dialogue.terms.most}, which "
            "leaves no answer any room: raise `text.length` in the recipe"
        )
    left_out = len(labels) - len(fits)
    return replace(
        material,
        rows=rows.select(fits) if left_out else rows,
        longest=min(max(lengths), room),
        unsaid=len(labels) - sum(taught) if reasons else 0,
        shortened=shortened,
        left_out=left_out,
    )
