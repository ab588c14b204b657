"""Finds words in a prompt that would tell a rater what became of the picture."""

from __future__ import annotations

from schemas.telling_words import finder

# A picture shows what its prompt says, and a rater names what it sees: "a fake beard" in a prompt
# becomes "the beard is fake" in a rationale, and a detector then learns the prompt.
_telling = finder(
    (
        r"counterfeits?|counterfeited|hoax(?:es)?|photo-?montages?|superimposed?|watermarks?",
        r"(?-i:AI|A\.I\.)|ai[ -](?:art|image|images|made|picture|pictures)",
        r"artificial intelligence|neural networks?",
        r"computer[ -]graphics|cgi|(?:3d|cg)[ -]?render(?:s|ed|ing|ings)?",
        r"midjourney|dall[ -·]?e|stable diffusion|diffusion models?|gpt-?\d\w*|(?-i:GANs?)",
        r"(?:input|real) (?:image|picture|photo|photograph|version)",
    )
)


def leaking_words(text: str) -> tuple[str, ...]:
    """The telling words of a prompt in lower case, each once, in order; empty without any.

    A prompt with one is not mended: it is not used.
    """
    return _telling(text)
