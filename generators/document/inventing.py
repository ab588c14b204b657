"""Invents what a forger would write: another amount, date, number or word of the same make."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_DATE = re.compile(r"^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})([.,;:]?)$")
_DATE_PART = re.compile(r"^(\d{1,2}|[12]\d{3})([.,]?)$")
_CENTURY = re.compile(r"^(19|20)\d\d(?!\d)")
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d)?$")
_WORDS: tuple[str, ...] = (
    "at", "by", "due", "fee", "net", "tax", "paid", "date", "unit", "rate", "item", "cash", "code",
    "full", "part", "total", "first", "final", "price", "extra", "local", "annual", "credit",
    "number", "office", "return", "person", "monthly", "payment", "general", "account",
    "service", "balance", "quarter", "contract", "discount", "delivery", "transfer", "approved",
    "insurance", "reference", "agreement", "commission", "department", "instalment",
    "certificate", "replacement", "registration", "administration",
)  # fmt: skip
_NAMES: tuple[str, ...] = (
    "Li", "Ida", "Max", "Ben", "Eva", "Anna", "Karl", "Lena", "Hugo", "Reed", "Maria", "Peter",
    "Clara", "Simon", "Baker", "Müller", "Martin", "Harris", "Walter", "Sophie", "Wagner",
    "Collins", "Matteo", "Dubois", "Andrews", "Fischer", "Johanna", "Bernard", "Robinson",
    "Benedikt", "Schubert", "Gonzalez", "Valentina", "Patterson", "Alexander", "Lindqvist",
    "Montgomery", "Konstantin", "Christopher", "Fitzgerald",
)  # fmt: skip
_NAMED = frozenset({"name", "surname", "signer", "city", "issuer", "shop", "occupation"})
_AMOUNT = re.compile(r"^\D{0,2}\d[\d.,' ]*[.,]\d\d\D{0,2}$")
_BESIDE_AMOUNTS: tuple[str, ...] = ("EUR", "net", "paid", "incl.", "cash", "x 2", "USD")
_BESIDE_FIGURES: tuple[str, ...] = ("a", "B", "/ 2", "- 07", "rev. 2", "(2)", "- 14", "corr.")
_ADDED: tuple[str, ...] = (
    "paid", "PAID", "copy", "net", "incl.", "void", "ok", "final", "revised", "approved", "no. 2",
)  # fmt: skip
_DAYS = 28


def replacement(text: str, field: str | None, rng: np.random.Generator) -> str | None:
    """Another text in place of `text`, never the same; None where no rule knows one."""
    for _ in range(6):
        new = _other(text, field, rng)
        if new is None or new != text:
            return new
    return None


def addition(text: str, below: bool, rng: np.random.Generator) -> str:
    """What may be added beside or `below` a text: a unit, a figure like it, a word of consent."""
    figure = is_figure(text)
    if figure and below and rng.random() < 0.6:
        return replacement(text, None, rng) or str(rng.integers(10, 99))
    if figure and not below:
        return _pick(_BESIDE_AMOUNTS if is_amount(text) else _BESIDE_FIGURES, rng)
    if len(text) > 2 and text.isupper():
        return _pick(_ADDED, rng).upper()
    return _pick(_ADDED, rng)


def invented(rng: np.random.Generator, many: int = 10) -> list[str]:
    """Texts of all lengths, for a word that nobody could read."""
    texts = ["".join(str(digit) for digit in rng.integers(0, 10, size)) for size in (1, 2, 3, 5)]
    texts += [f"{rng.integers(2, 10**size)}.{rng.integers(100):02d}" for size in (1, 2, 3)]
    pool = (*_WORDS, *_NAMES)
    return texts + [pool[index] for index in rng.permutation(len(pool))[:many]]


def is_figure(text: str | None) -> bool:
    """Whether a text is mostly digits."""
    return bool(text) and sum(sign.isdigit() for sign in text or "") * 2 >= len(text or "")


def is_amount(text: str | None) -> bool:
    """Whether a text is a sum of money, which tables set flush right."""
    return text is not None and _AMOUNT.match(text) is not None


def shape(text: str | None) -> str:
    """The make of a text: runs of digits as 9, of letters as a, other signs as they are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text or ""))


def _other(text: str, field: str | None, rng: np.random.Generator) -> str | None:
    if match := _DATE.match(text):
        return _other_date(*match.groups(), rng=rng)
    if match := _CLOCK.match(text):
        clock = f"{rng.integers(8, 20):0{len(match[1])}d}:{rng.integers(0, 60):02d}"
        return clock + (f":{rng.integers(0, 60):02d}" if match[3] else "")
    if (part := _DATE_PART.match(text)) and field is not None and "date" in field:
        value = int(part[1])
        other = value + int(rng.integers(1, 4)) if value > 31 else int(rng.integers(1, _DAYS + 1))
        return f"{other:0{len(part[1])}d}{part[2]}"
    if any(sign.isdigit() for sign in text):
        return _other_digits(text, rng)
    letters = [sign for sign in text if sign.isalpha()]
    if len(letters) < 2:
        return None
    return _other_word(text, field, rng)


def _other_date(
    first: str, mark: str, second: str, third: str, end: str, *, rng: np.random.Generator
) -> str:
    """Another day and month, and sometimes a later year, each as wide as before."""
    numbers = [first, second, third]
    year = 0 if len(first) == 4 else 2
    low_values = [index for index in (0, 1, 2) if index != year]
    for index in low_values:
        # Whichever is the month, both stay possible: days to 28 only where one was beyond 12.
        beyond = int(numbers[index]) > 12
        last = 9 if len(numbers[index]) == 1 else 12
        value = int(rng.integers(13, _DAYS + 1)) if beyond else int(rng.integers(1, last + 1))
        if rng.random() < 0.7 or beyond:
            numbers[index] = f"{value:0{len(numbers[index])}d}"
    if rng.random() < 0.3:
        digits = len(numbers[year])
        later = int(numbers[year]) + int(rng.integers(1, 4))
        numbers[year] = f"{later % 10**digits:0{digits}d}"
    return mark.join(numbers) + end


def _other_digits(text: str, rng: np.random.Generator) -> str:
    """One to three digits changed, the leading one never to nought; all other signs stay."""
    places = [index for index, sign in enumerate(text) if sign.isascii() and sign.isdigit()]
    if _CENTURY.match(text) and len(places) > 2:
        # Numbers that begin with a year keep its century.
        places = places[2:]
    if not places:
        return text
    # The leading digits of an amount are those worth changing.
    weight = np.linspace(2.0, 0.7, len(places))
    count = min(len(places), int(rng.integers(1, 4)))
    chosen = rng.choice(len(places), size=count, replace=False, p=weight / weight.sum())
    signs = list(text)
    for number in sorted(int(index) for index in chosen):
        low = 1 if places[number] == 0 and len(text) > 1 else 0
        signs[places[number]] = str(rng.integers(low, 10))
    return "".join(signs)


def _other_word(text: str, field: str | None, rng: np.random.Generator) -> str | None:
    """A word of nearly the same length, in the same case, with the same signs at its ends."""
    core = text.strip(".,:;()!?\"'“”„«»")
    if len(core) < 2 or not core.isalpha():
        return None
    start = text.index(core)
    pool: Sequence[str] = _NAMES if field in _NAMED else _WORDS
    near = [word for word in pool if abs(len(word) - len(core)) <= 1 + len(core) // 8]
    if not near:
        return None
    word = _pick(near, rng)
    if core.isupper():
        word = word.upper()
    elif core[0].isupper():
        word = word.capitalize()
    else:
        word = word.lower()
    return text[:start] + word + text[start + len(core) :]


def _pick(pool: Sequence[str], rng: np.random.Generator) -> str:
    return pool[int(rng.integers(len(pool)))]
