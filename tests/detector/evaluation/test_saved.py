"""A saved detector answers as its network does, whichever parts it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from detector.evaluation.pictures import of_published
from detector.evaluation.saved import SavedDetector, saved_digest
from detector.model.checkpoints import build, save_pretrained
from detector.model.inputs import drawn_masks, join, picture_inputs
from detector.model.presets import with_words
from detector.model.tiny import tiny_config
from detector.text.dialogue import new_dialogue
from detector.text.templates import Form
from detector.text.vocabulary import learnt
from schemas.errors import CounterfoilError
from storage.published import PublishedSet
from storage.reading import read_picture
from tests.detector.evaluation.sets import SIDE, chain


@pytest.fixture(autouse=True)
def _few_threads() -> None:
    torch.set_num_threads(2)


def with_language(folder: Path, form: Form) -> Path:
    """A small detector of random weights that talks."""
    vocabulary = learnt([chain(True), chain(False)], 400)
    dialogue = new_dialogue(vocabulary, form, most=300)
    words = dialogue.verdict
    config = with_words(
        tiny_config(language=True),
        introduction=words.introduction,
        real=words.real,
        fake=words.fake,
        image_token=vocabulary.image,
        end_token=vocabulary.end,
        vocabulary=vocabulary.tokenizer.get_vocab_size(),
    )
    save_pretrained(build(config), folder)
    dialogue.save(folder)
    return folder


def test_heads_answer_with_probability_and_mask(published: PublishedSet, tmp_path: Path) -> None:
    config = tiny_config()
    detector = build(config).eval()
    save_pretrained(detector, tmp_path)
    pictures = list(of_published(published, "test").at([0, 1, 2]))
    torn = replace(pictures[1], encoded=b"torn")
    asked = [pictures[0], torn, pictures[2], pictures[1]]
    said = list(SavedDetector(tmp_path, "tiny", "cpu", batch=2).predict(asked))
    assert said[1].probability is None
    assert "cannot be decoded" in said[1].problem
    examples = [
        picture_inputs(read_picture(one.encoded)[0], config) for one in (pictures[0], pictures[2])
    ]
    batch = join(examples)
    with torch.inference_mode():
        found = detector(**batch)
    masks = drawn_masks(found, batch)
    for answer, chance, mask in zip((said[0], said[2]), found.probability, masks, strict=True):
        assert answer.probability == pytest.approx(float(chance), abs=1e-6)
        assert answer.text is None
        assert answer.mask is not None
        assert answer.mask.shape == (SIDE, SIDE)
        np.testing.assert_allclose(answer.mask, mask, atol=1e-5)


@pytest.mark.parametrize("form", ["reasoning", "verdict"])
def test_a_language_model_is_asked_in_its_form(
    published: PublishedSet, tmp_path: Path, form: Form
) -> None:
    predictor = SavedDetector(with_language(tmp_path, form), "tiny", "cpu")
    said = list(predictor.predict(of_published(published, "test").at([0, 1, 2])))
    assert len(said) == 3
    for one in said:
        assert (one.text is not None) == (form == "reasoning")
        # Random weights conclude nothing: then there is no probability either.
        if form == "verdict":
            assert one.probability is not None
            assert 0 <= one.probability <= 1


def test_a_digest_changes_with_what_decides_the_answers(tmp_path: Path) -> None:
    save_pretrained(build(tiny_config()), tmp_path)
    first = saved_digest(tmp_path)
    save_pretrained(build(tiny_config(), seed=1), tmp_path)
    assert saved_digest(tmp_path) != first
    with pytest.raises(CounterfoilError, match=r"holds no config\.json"):
        saved_digest(tmp_path / "nowhere")
