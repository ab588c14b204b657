"""The language model that reads the fused tokens in place of words and writes the reasoning."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM

from detector.model.backbones import load
from detector.model.config import LanguageConfig, LoraConfig
from schemas.errors import MissingExtraError


@dataclass(frozen=True, slots=True)
class Read:
    """What the model makes of a text: logits [n, T, V] and its last hidden states [n, T, C]."""

    logits: Tensor
    hidden: Tensor


class LanguageReader(nn.Module):
    """A causal language model whose placeholders are filled with visual tokens."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.config = config
        model = load(config.model, AutoModelForCausalLM)
        self.width: int = model.get_input_embeddings().embedding_dim
        if isinstance(config.adaptation, LoraConfig):
            model = add_lora(model, config.adaptation)
        elif config.adaptation == "frozen":
            model.requires_grad_(False)
        self.model: Any = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, visual: Tensor) -> Read:
        """Read ids [n, T] whose placeholders stand for visual tokens [n, L, width]."""
        out = self.model(
            inputs_embeds=self.embed(input_ids, visual),
            attention_mask=attention_mask,
            output_hidden_states=True,
            use_cache=False,
        )
        return Read(out.logits, out.hidden_states[-1])

    def embed(self, input_ids: Tensor, visual: Tensor) -> Tensor:
        """Embeddings [n, T, width] of ids [n, T], the placeholders replaced in order.

        Raises ValueError where a row has not exactly L placeholders for visual [n, L, width].
        """
        places = input_ids == self.config.image_token
        if not bool((places.sum(1) == visual.shape[1]).all()):
            raise ValueError(f"every text needs {visual.shape[1]} placeholders for the picture")
        words = self.model.get_input_embeddings()(input_ids)
        filled: Tensor = words.masked_scatter(places[..., None], visual.to(words.dtype))
        return filled

    @torch.no_grad()
    def write(
        self, input_ids: Tensor, attention_mask: Tensor, visual: Tensor, *, most: int = 1024
    ) -> tuple[Tensor, Tensor]:
        """Continue the questions greedily: new ids [n, T'] and the logits [n, T', V] behind them.

        Texts of unequal length are padded on the left.
        """
        written = self.model.generate(
            inputs_embeds=self.embed(input_ids, visual),
            attention_mask=attention_mask,
            max_new_tokens=most,
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
        )
        return written.sequences, torch.stack(written.logits, dim=1)


def add_lora(model: Any, config: LoraConfig) -> Any:
    """Freeze `model` and learn low-rank additions to all its linear layers but the last.

    Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2022; by peft.
    """
    if find_spec("peft") is None:
        raise MissingExtraError("detector", "peft", "Low-rank adaptation of a language model")
    peft = import_module("peft")
    settings = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        bias="none",
        target_modules="all-linear",
    )
    return peft.get_peft_model(model, settings)
