"""What of a language model learns: all, nothing, or low-rank additions and the words it lacks."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from detector.model.config import LanguageConfig, LoraConfig
from schemas.errors import MissingExtraError


def adapt(model: Any, config: LanguageConfig) -> Any:
    """The same causal language model, with room for new words, learning as `config` says."""
    if config.vocabulary is not None:
        _extend(model, config.vocabulary)
    if config.gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
    if isinstance(config.adaptation, LoraConfig):
        return add_lora(model, config.adaptation, config.added)
    if config.adaptation == "frozen":
        model.requires_grad_(False)
    return model


def add_lora(model: Any, config: LoraConfig, added: tuple[int, ...] = ()) -> Any:
    """Freeze `model` and learn low-rank additions to all its linear layers but the last.

    Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2022; by peft. The rows of the
    `added` ids learn as well, where words are read and where they are written.
    """
    if find_spec("peft") is None:
        raise MissingExtraError("detector", "peft", "Low-rank adaptation of a language model")
    peft = import_module("peft")
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    learning = _names(model, model.get_input_embeddings())
    if not tied:
        learning += _names(model, model.get_output_embeddings())
    settings = peft.LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        bias="none",
        target_modules="all-linear",
        trainable_token_indices={name: list(added) for name in learning} if added else None,
    )
    return peft.inject_adapter_in_model(settings, model)


def _names(model: Any, wanted: Any) -> list[str]:
    return [name.rpartition(".")[2] for name, module in model.named_modules() if module is wanted]


@torch.no_grad()
def _extend(model: Any, vocabulary: int) -> None:
    """Make room for `vocabulary` words; a new one begins as the mean of those that are known.

    Nothing is drawn: a detector read again must find the rows that were never taught unchanged.
    """
    known = model.get_input_embeddings().num_embeddings
    if vocabulary <= known:
        return
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        module.weight[known:] = module.weight[:known].mean(0)
