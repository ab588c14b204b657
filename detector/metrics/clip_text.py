"""CLIP's text tower as the encoder that CSS compares texts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from schemas.errors import MissingExtraError

DEFAULT = "openai/clip-vit-large-patch14-336"
"""The checkpoint that MMFR's published code compares texts with."""

_BATCH = 64


class ClipText:
    """A text tower with its projection, in evaluation mode, loaded once for all texts."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer

    @classmethod
    def from_pretrained(cls, name: str = DEFAULT, device: str = "cpu") -> Self:
        """Load a checkpoint by its name or folder. Raises `MissingExtraError` without the extra."""
        try:
            from transformers import AutoTokenizer, CLIPTextModelWithProjection
        except ImportError as error:
            raise MissingExtraError("ml", "transformers", "comparing texts with CLIP") from error
        model: Any = CLIPTextModelWithProjection.from_pretrained(name)
        return cls(model.to(device), AutoTokenizer.from_pretrained(name))

    @property
    def window(self) -> int:
        """Tokens seen at once, without start and end: 75 for every published CLIP."""
        return int(self._model.config.max_position_embeddings) - 2

    def tokenize(self, text: str) -> list[int]:
        """All tokens of a text, without those for start and end."""
        # The tokenizer warns of texts longer than the model's window, which are cut by the caller.
        tokens = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return [int(token) for token in tokens]

    def embed(self, pieces: Sequence[list[int]]) -> npt.NDArray[np.float64]:
        """The projected text features (n, d), float64, not normalised.

        Pieces of one length go through together, so that none is padded.
        """
        import torch

        start, end = self._tokenizer.bos_token_id, self._tokenizer.eos_token_id
        by_length: dict[int, list[int]] = {}
        for number, piece in enumerate(pieces):
            by_length.setdefault(len(piece), []).append(number)
        width = int(self._model.config.projection_dim)
        found = np.zeros((len(pieces), width))
        for numbers in by_length.values():
            for first in range(0, len(numbers), _BATCH):
                batch = numbers[first : first + _BATCH]
                tokens = torch.tensor([[start, *pieces[number], end] for number in batch])
                with torch.inference_mode():
                    output = self._model(input_ids=tokens.to(self._model.device))
                found[batch] = output.text_embeds.float().cpu().numpy()
        return found
