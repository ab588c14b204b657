"""The reader of rendered documents: which ones there are, and each as a picture with words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

import numpy as np
from faker import Faker

from schemas.identity import derive_id, derive_seed, digest
from schemas.picture import Codec, Picture, RejectedSource, Source, Word
from schemas.recipe.sources import DocumentTemplate, RenderedSource
from schemas.vocabulary import Domain
from sources.rendered import card, form, invoice, letter, receipt
from sources.rendered.capture import Sheet, capture
from sources.rendered.issuer import Issue, found
from sources.rendered.language import LANGUAGES
from sources.rendered.page import Page, Points

VERSION = "1"
"""Rises with every change that alters pictures, so that their ids change too."""

_TEMPLATES: dict[DocumentTemplate, tuple[Callable[[Issue], Page], tuple[str, ...]]] = {
    "receipt": (receipt.typeset, receipt.VARIANTS),
    "invoice": (invoice.typeset, invoice.VARIANTS),
    "letter": (letter.typeset, letter.VARIANTS),
    "form": (form.typeset, form.VARIANTS),
    "card": (card.typeset, card.VARIANTS),
}
_NOUNS: dict[DocumentTemplate, str] = {
    "receipt": "till receipt of an invented shop",
    "invoice": "invoice of an invented firm",
    "letter": "letter from an invented sender",
    "form": "filled form of an invented office",
    "card": "specimen card with an invented holder",
}
# Short over long side, and whether the picture stands upright (None: either).
_SHAPES: dict[DocumentTemplate, tuple[float, float, bool | None]] = {
    "receipt": (0.62, 0.85, True),
    "invoice": (0.76, 0.98, None),
    "letter": (0.74, 0.98, None),
    "form": (0.74, 0.98, None),
    "card": (0.66, 0.8, False),
}
# How many documents an issuer has: 1 to 6, few of them many.
_RUN_LENGTHS = (1, 2, 3, 4, 5, 6)
_RUN_SHARES = (0.28, 0.26, 0.2, 0.13, 0.08, 0.05)


class RenderedDocuments:
    """Documents with invented data; the same entry and seed always give the same pictures."""

    def __init__(self, entry: RenderedSource, seed: int) -> None:
        self._entry = entry
        self._seed = seed

    def origins(self) -> Sequence[str]:
        """All documents, `rendered/<template>-<number>`; a larger count only adds to them."""
        templates = self._entry.templates
        whole, rest = divmod(self._entry.count, len(templates))
        return tuple(
            sorted(
                f"rendered/{template}-{number:04d}"
                for index, template in enumerate(templates)
                for number in range(whole + (index < rest))
            )
        )

    def signature(self, origin: str) -> str:
        """What a document is made of: its seed and sides, our version and those of the libraries.

        Faker's inventions and the glyphs hold within a version of Faker, Pillow and matplotlib.
        """
        libraries = [version(name) for name in ("faker", "pillow", "matplotlib")]
        sides = (self._entry.min_side, self._entry.max_side)
        return digest(origin, self._seed, VERSION, *sides, *libraries)

    def group(self, origin: str) -> str:
        """The group of a document, that of its issuer; known without rendering it."""
        template, number = _parse(origin)
        variant, issuer_seed = self._issuer(template, number)
        return f"rendered/{template}/{variant}/{issuer_seed:016x}"

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The picture of one document; its words carry their text and field."""
        template, number = _parse(origin)
        yield self._render(template, number, origin)

    def _render(self, template: DocumentTemplate, number: int, origin: str) -> Picture:
        variant, issuer_seed = self._issuer(template, number)
        seed = derive_seed("document", self._seed, origin, VERSION)
        rng = np.random.default_rng(seed)
        issuer = found(template, variant, issuer_seed, _fakers())
        faker = _fakers()[issuer.language.locale]
        faker.seed_instance(seed)
        width, height = self._size(template, variant, rng)
        room, depth = _room(template, width, height, rng)
        condensed = 1.0 if template == "card" else issuer.condensed
        page = _TEMPLATES[template][0](Issue(issuer, rng, faker, room / condensed, depth))
        sheet = Sheet(
            paper=issuer.paper,
            condensed=condensed,
            reach=max(float(word.quad[:, 1].max()) for word in page.words),
            thermal=template == "receipt",
            outline=page.outline,
            rigid=template == "card",
        )
        pixels, quads, taken = capture(
            page.pixels, [word.quad for word in page.words], derive_seed("capture", seed),
            (width, height), sheet,
        )  # fmt: skip
        words = _visible(page, quads, width, height)
        kind = "photographed" if taken.style == "photo" else "scanned"
        source = Source(
            source_id=derive_id(
                "src", origin, self._seed, VERSION, self._entry.min_side, self._entry.max_side
            ),
            origin=origin,
            domain=Domain.DOCUMENT,
            group=self.group(origin),
            width=width,
            height=height,
            licence="CC0-1.0",
            attribution="Rendered by Counterfoil; all data invented",
            history=Codec("JPEG", taken.quality, taken.subsampling, saves=1, lossless=False),
            words=words,
            caption=f"A {kind} {_NOUNS[template]}.",
        )
        return Picture(source, pixels)

    def _issuer(self, template: DocumentTemplate, number: int) -> tuple[str, int]:
        """The layout variant and the seed of whoever issued a document."""
        issuer = _issuer_of(self._seed, template, number)
        variants = _TEMPLATES[template][1]
        seed = derive_seed("issuer", self._seed, template, issuer, VERSION)
        return variants[issuer % len(variants)], seed

    def _size(
        self, template: DocumentTemplate, variant: str, rng: np.random.Generator
    ) -> tuple[int, int]:
        """Width and height: multiples of 8, the longer within the entry's sides."""
        # Between sides without a multiple of 8 the next one below is taken.
        most = self._entry.max_side // 8
        least = min(most, -(-self._entry.min_side // 8))
        long = 8 * int(rng.integers(least, most + 1))
        low, high, upright = _SHAPES[template]
        short = min(long, max(256, 8 * round(long * float(rng.uniform(low, high)) / 8)))
        if variant == "badge":
            upright = True
        if upright is None:
            upright = bool(rng.random() < 0.5)
        return (short, long) if upright else (long, short)


def _parse(origin: str) -> tuple[DocumentTemplate, int]:
    name, _, number = origin.removeprefix("rendered/").rpartition("-")
    for template in _TEMPLATES:
        if template == name and number.isdecimal():
            return template, int(number)
    raise ValueError(f"{origin!r} is not the origin of a rendered document")


def _issuer_of(seed: int, template: DocumentTemplate, number: int) -> int:
    """Which issuer wrote document `number`; independent of how many documents there are."""
    rng = np.random.default_rng(derive_seed("issuers", seed, template))
    runs = rng.choice(_RUN_LENGTHS, size=number + 1, p=_RUN_SHARES)
    return int(np.searchsorted(np.cumsum(runs), number, side="right"))


def _room(
    template: DocumentTemplate, width: int, height: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The sheet's width and the depth shown, in picture pixels."""
    if template == "receipt":
        return width * float(rng.uniform(0.78, 0.95)), height
    if template == "card":
        return width * float(rng.uniform(0.9, 0.96)), height * float(rng.uniform(0.86, 0.94))
    return width * float(rng.uniform(0.93, 1.03)), height


def _visible(page: Page, quads: Sequence[Points], width: int, height: int) -> tuple[Word, ...]:
    """The words in the picture. Those cut by its edge keep their place but lose their text."""
    words = []
    limit = np.array([width, height], dtype=np.float64)
    for placed, quad in zip(page.words, quads, strict=True):
        inside = np.clip(quad, 0.0, limit)
        whole = bool(np.array_equal(inside, quad))
        if not whole and (np.ptp(inside, axis=0) < 4.0).any():
            continue
        corners = tuple((round(float(x), 2), round(float(y), 2)) for x, y in inside)
        words.append(Word(corners, placed.text if whole else None, placed.field if whole else None))
    return tuple(words)


_LOCAL = threading.local()


def _fakers() -> dict[str, Faker]:
    """A Faker for each locale. One set a thread: they are seeded before every use."""
    if not hasattr(_LOCAL, "fakers"):
        _LOCAL.fakers = {language.locale: Faker(language.locale) for language in LANGUAGES}
    fakers: dict[str, Faker] = _LOCAL.fakers
    return fakers
