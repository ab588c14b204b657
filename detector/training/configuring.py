"""The detector that a recipe names, and how it is to answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from detector.model.config import DetectorConfig
from detector.model.presets import fakereasoning, heads_only, unified, with_words
from detector.model.tiny import small_config
from detector.text.dialogue import Dialogue
from detector.text.templates import Form
from detector.training.recipe import TrainingRecipe

_PRESETS: dict[str, Callable[[], DetectorConfig]] = {
    "fakereasoning": fakereasoning,
    "unified": unified,
    "heads": heads_only,
    "tiny": partial(small_config, language=True),
    "tiny_heads": small_config,
}


def configured(recipe: TrainingRecipe) -> DetectorConfig:
    """The detector that a recipe names, its language model adapted as the recipe says."""
    named, adaptation = recipe.detector, recipe.adaptation
    if named == "unified" and adaptation is not None:
        return unified(adaptation)  # Its tower learns with all of the language model, or not.
    config = _PRESETS[named]() if isinstance(named, str) else named
    if adaptation is None or config.language is None:
        return config
    language = config.language.model_copy(update={"adaptation": adaptation})
    return config.model_copy(update={"language": language})


def form_of(recipe: TrainingRecipe) -> Form:
    """How the detector is to answer."""
    if recipe.text.form is not None:
        return recipe.text.form
    return "verdict" if recipe.detector == "unified" else "reasoning"


def worded(config: DetectorConfig, dialogue: Dialogue) -> DetectorConfig:
    """The detector with the ids of the dialogue's tokens."""
    terms = dialogue.terms
    return with_words(
        config,
        introduction=terms.introduction,
        real=terms.real,
        fake=terms.fake,
        image_token=terms.image,
        segmentation_token=terms.segmentation,
        end_token=terms.end,
        vocabulary=dialogue.tokenizer.get_vocab_size(),
        added=terms.added,
    )
