"""Documents do not contradict themselves, and nothing on paper belongs to anybody."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from faker import Faker

from sources.rendered import card, invoice, letter, receipt
from sources.rendered.issuer import Issue, found
from sources.rendered.language import LANGUAGES
from sources.rendered.page import Page


@pytest.fixture(scope="module")
def fakers() -> dict[str, Faker]:
    return {language.locale: Faker(language.locale) for language in LANGUAGES}


def cents(text: str) -> int:
    amount = int(re.sub(r"\D", "", text))
    return -amount if text.startswith("-") else amount


def amounts(page: Page, field: str) -> list[int]:
    return [
        cents(word.text)
        for word in page.words
        if word.field == field and any(letter.isdigit() for letter in word.text)
    ]


@pytest.mark.parametrize("variant", receipt.VARIANTS)
@pytest.mark.parametrize("seed", range(12))
def test_receipts_add_up(variant: str, seed: int, fakers: dict[str, Faker]) -> None:
    issuer = found("receipt", variant, seed, fakers)
    issue = Issue(issuer, np.random.default_rng(seed), fakers[issuer.language.locale], 290.0, 500.0)
    page = receipt.typeset(issue)
    prices, (total,), (tax,) = (amounts(page, name) for name in ("price", "total", "tax"))
    if issuer.language.tax_on_top:
        assert amounts(page, "subtotal") == [sum(prices)]
        assert total == sum(prices) + tax
    else:
        assert total == sum(prices)
    assert 0 <= tax < total
    for given_, change in zip(amounts(page, "cash"), amounts(page, "change"), strict=True):
        assert given_ - change == total


@pytest.mark.parametrize("variant", invoice.VARIANTS)
@pytest.mark.parametrize("seed", range(8))
def test_invoices_add_up(variant: str, seed: int, fakers: dict[str, Faker]) -> None:
    issuer = found("invoice", variant, seed, fakers)
    issue = Issue(issuer, np.random.default_rng(seed), fakers[issuer.language.locale], 420.0, 500.0)
    page = invoice.typeset(issue)
    rows = [amounts(page, name) for name in ("quantity", "unit_price", "price")]
    quantities, unit_prices, prices = rows
    assert [q * p for q, p in zip(quantities, unit_prices, strict=True)] == prices
    (subtotal,), (tax,), (total,) = (amounts(page, n) for n in ("subtotal", "tax", "total"))
    assert subtotal == sum(prices)
    assert total == subtotal + tax
    account = [word.text for word in page.words if word.field == "iban"]
    assert account[0][2:4] == "00", "check digits 00 mark an account that cannot exist"


def test_languages_have_the_same_keys() -> None:
    first = LANGUAGES[0]
    for language in LANGUAGES[1:]:
        assert language.labels.keys() == first.labels.keys()
        assert language.lists.keys() == first.lists.keys()


@pytest.mark.parametrize("seed", range(9))
def test_a_card_names_one_holder(seed: int, fakers: dict[str, Faker]) -> None:
    issuer = replace(found("card", "portrait_left", seed, fakers), logo_seed=7 * 3 * (seed + 1))
    issue = Issue(issuer, np.random.default_rng(seed), fakers[issuer.language.locale], 440.0, 310.0)
    words = card.typeset(issue).words
    surname = "".join(w.text for w in words if w.field == "surname")
    plain = "".join(c for c in unicodedata.normalize("NFKD", surname.upper()) if c.isascii())
    line = next(w.text for w in words if w.field == "machine_line")
    assert line.removeprefix("SPECIMEN<<").rstrip("<") == re.sub("[^A-Z]", "", plain)


@pytest.mark.parametrize("seed", range(6))
def test_a_memo_is_signed_by_its_sender(seed: int, fakers: dict[str, Faker]) -> None:
    issuer = found("letter", "memo", seed, fakers)
    issue = Issue(issuer, np.random.default_rng(seed), fakers[issuer.language.locale], 460.0, 500.0)
    signers = [word.text for word in letter.typeset(issue).words if word.field == "signer"]
    half = len(signers) // 2
    assert signers
    assert signers[:half] == signers[half:]
