"""The texts of an MMFR-Dataset: its question, its chain of thought, its attributes' sentences.

"Toward Generalizable Forgery Detection and Reasoning", arXiv 2503.21210. The wording of question,
summary and conclusion is part of the format: its trainer and its evaluation look for it.
"""

from __future__ import annotations

from typing import Any

from annotation.chain_of_thought import OPENINGS, ParsedChain
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID
from schemas.vocabulary import Label

QUESTION = (
    "Is this image real or fake? Please describe the image, reasoning step-by-step and conclude "
    "with 'this image is real' or 'this image is fake'."
)
SUMMARY = (
    "I will determine if the image is real or fake by analyzing its content and identifying "
    "forgery attributes from both low-level and high-level perspectives. I will then conclude by "
    "stating either 'this image is real' or 'this image is fake' based on my analysis."
)
_PLAIN = str.maketrans("<>", "‹›")


def sentences(chain: ParsedChain) -> dict[str, str | None]:
    """What is said of each of the five attributes of the label, None where nothing is."""
    said = {finding.attribute: finding.text for finding in chain.findings}
    return {
        attribute.forged if chain.label is Label.FAKE else attribute.authentic: said.get(
            attribute.id
        )
        for attribute in ATTRIBUTES
    }


def answer(chain: ParsedChain) -> str:
    """The chain of thought in MMFR's four tags, in which attributes are not named.

    The format has no escapes, so angle brackets in the texts become single quotation marks.
    """
    levels = " ".join(f"{OPENINGS[level]}{_said(chain, level)}" for level in OPENINGS)
    parts = {
        "SUMMARY": SUMMARY,
        "CAPTION": chain.caption.translate(_PLAIN),
        "REASONING": levels.translate(_PLAIN),
        "CONCLUSION": f"This image is {chain.label.value}.",
    }
    return " ".join(f"<{tag}> {text} </{tag}>" for tag, text in parts.items())


def conversation(path: str, chain: ParsedChain) -> dict[str, Any]:
    """An entry of `forgery_reasoning_cot.json`: the picture's path, the question, the answer."""
    return {
        "image": path,
        "conversations": [
            {"from": "human", "value": f"<image>\n{QUESTION}"},
            {"from": "gpt", "value": answer(chain)},
        ],
    }


def _said(chain: ParsedChain, level: str) -> str:
    texts = [f.text for f in chain.findings if ATTRIBUTES_BY_ID[f.attribute].level == level]
    return " ".join(texts) or chain.silence(level)
