"""CLIP's text tower, tiny and random: its window, and that it sees what transformers would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.metrics.clip_text import ClipText
from detector.metrics.similarity import css, paper_css

WORDS = ("a", "dog", "sits", "on", "its", "mat", "cat", "light")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with a window of eight tokens, start and end among them."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("clip")
    letters = sorted({letter for word in WORDS for letter in word})
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges, seen = [], set(pieces)
    for word in WORDS:
        left = word[0]
        for place, letter in enumerate(word[1:], 2):
            right = letter + ("</w>" if place == len(word) else "")
            if left + right not in seen:
                merges.append((left, right))
                seen.add(left + right)
                pieces.append(left + right)
            left += right
    vocabulary = {
        piece: number for number, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])
    }
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    tokenizer = transformers.CLIPTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = transformers.CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=8,
        projection_dim=12,
        bos_token_id=vocabulary["<|startoftext|>"],
        eos_token_id=vocabulary["<|endoftext|>"],
        pad_token_id=vocabulary["<|endoftext|>"],
    )
    torch.manual_seed(0)
    transformers.CLIPTextModelWithProjection(config).save_pretrained(folder)
    return folder


def test_the_papers_form_sees_what_a_truncating_tokenizer_keeps(folder: Path) -> None:
    import torch
    import transformers

    encoder = ClipText.from_pretrained(str(folder))
    assert encoder.window == 6
    texts = ["a dog sits on its mat a cat", "light", ""]
    references = ["a dog sits on its mat light light", "cat", "a"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.CLIPTextModelWithProjection.from_pretrained(folder).eval()

    def features(text: str) -> Any:
        tokens = tokenizer(text, truncation=True, max_length=8, return_tensors="pt")
        with torch.inference_mode():
            return model(**tokens).text_embeds[0]

    expected = [
        float(torch.cosine_similarity(features(text), features(reference), dim=0))
        for text, reference in zip(texts, references, strict=True)
    ]

    assert paper_css(texts, references, encoder) == pytest.approx(expected, abs=1e-5)
    # The first pair differs only behind the window.
    assert expected[0] == pytest.approx(1)
    assert css(texts, references, encoder)[0] < 0.999
    assert css(texts, references, encoder)[1:] == pytest.approx(expected[1:], abs=1e-5)


def test_pieces_do_not_depend_on_those_beside_them(folder: Path) -> None:
    encoder = ClipText.from_pretrained(str(folder))
    pieces = [encoder.tokenize(text) for text in ("a dog", "light cat", "a dog sits", "")]
    together = encoder.embed(pieces)
    alone = np.concatenate([encoder.embed([piece]) for piece in pieces])
    assert together.shape == (4, 12)
    assert together == pytest.approx(alone, abs=1e-5)
