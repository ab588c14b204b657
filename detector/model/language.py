"""The language model that reads the visual tokens in place of words and writes the reasoning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessor

from detector.model.adaptation import adapt
from detector.model.backbones import load
from detector.model.config import LanguageConfig


@dataclass(frozen=True, slots=True)
class Read:
    """What the model makes of a text: logits [n, T, V] and its last hidden states [n, T, C]."""

    logits: Tensor
    hidden: Tensor


@dataclass(frozen=True, slots=True)
class Written:
    """ids [n, T'], the logits [n, T', W] of the watched words behind each, and lengths [n].

    A text's length counts the token that ends it; after it there is only padding.
    """

    ids: Tensor
    words: Tensor
    lengths: Tensor

    @property
    def valid(self) -> Tensor:
        """Which ids belong to their text, bool [n, T']."""
        return torch.arange(self.ids.shape[1], device=self.ids.device) < self.lengths[:, None]


class LanguageReader(nn.Module):
    """A causal language model whose placeholders are filled with visual tokens.

    `model`: a network that stands already, else it is loaded as the config says.
    """

    def __init__(self, config: LanguageConfig, model: Any = None) -> None:
        super().__init__()
        self.config = config
        model = load(config.model, AutoModelForCausalLM) if model is None else model
        self.width: int = model.get_input_embeddings().embedding_dim
        own = model.generation_config
        ends = own.eos_token_id if config.end_token is None else config.end_token
        self.ends = [] if ends is None else [ends] if isinstance(ends, int) else list(ends)
        self.padding = (self.ends or [0])[0] if own.pad_token_id is None else own.pad_token_id
        # Sampling and penalties that a checkpoint brings along would mix with what is asked here.
        model.generation_config = GenerationConfig()
        self.model: Any = adapt(model, config)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, visual: Tensor, counts: Tensor
    ) -> Read:
        """Read ids [n, T] whose placeholders stand for visual tokens; see `embed`."""
        out = self.model(
            inputs_embeds=self.embed(input_ids, attention_mask, visual, counts),
            attention_mask=attention_mask,
            output_hidden_states=True,
            use_cache=False,
        )
        return Read(out.logits, out.hidden_states[-1])

    def embed(
        self, input_ids: Tensor, attention_mask: Tensor, visual: Tensor, counts: Tensor
    ) -> Tensor:
        """Embeddings [n, T, width] of ids [n, T], the placeholders replaced in order.

        visual [sum of k, L, width] holds the views of the first text's picture, of the second's,
        and so on; counts int64 [n] says how many each has. Raises ValueError where a row has not
        exactly as many placeholders as its views have tokens.
        """
        places = (input_ids == self.config.image_token) & attention_mask.bool()
        if not torch.equal(places.sum(1), counts * visual.shape[1]):
            raise ValueError(
                f"every text needs {visual.shape[1]} placeholders for each view of its picture"
            )
        words = self.model.get_input_embeddings()(input_ids)
        filled: Tensor = words.masked_scatter(places[..., None], visual.to(words.dtype))
        return filled

    @torch.no_grad()
    def write(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        visual: Tensor,
        counts: Tensor,
        *,
        watched: Tensor,
        most: int = 1024,
    ) -> Written:
        """Continue questions [n, T], padded on the left, greedily by at most `most` tokens each.

        watched: int64 [W], the ids whose logits are kept.
        """
        recorder = _Recorder(watched)
        ids = self.model.generate(
            inputs_embeds=self.embed(input_ids, attention_mask, visual, counts),
            attention_mask=attention_mask,
            logits_processor=[recorder],
            generation_config=GenerationConfig(
                max_new_tokens=most,
                do_sample=False,
                eos_token_id=self.ends or None,
                pad_token_id=self.padding,
                # A placeholder stands for the picture, and for nothing that is written.
                suppress_tokens=[self.config.image_token],
            ),
        )
        ended = torch.isin(ids, torch.tensor(self.ends, dtype=ids.dtype, device=ids.device))
        first = torch.where(ended.any(1), ended.int().argmax(1) + 1, ids.shape[1])
        return Written(ids, torch.stack(recorder.kept, dim=1), first)


@dataclass
class _Recorder(LogitsProcessor):
    """Keeps the logits of a few words: those of all would fill the memory in a long text."""

    watched: Tensor
    kept: list[Tensor] = field(default_factory=list)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Look, and change nothing."""
        del input_ids
        self.kept.append(scores[:, self.watched])
        return scores
