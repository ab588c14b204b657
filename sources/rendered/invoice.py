"""Invoices: letterhead, a table of services, totals that add up, where to pay."""

from __future__ import annotations

import re
from datetime import timedelta

from sources.rendered.drawings import lighter, logo
from sources.rendered.fonts import TextStyle
from sources.rendered.issuer import Issue
from sources.rendered.page import Align, Page

VARIANTS = ("classic", "banner", "sidebar", "ledger")


def typeset(issue: Issue) -> Page:
    """An invoice of the issuer, as wide as the issue and as tall as its table needs."""
    who = issue.issuer
    page = Page(issue.width, 1100, who.paper)
    left = issue.width * float(issue.rng.uniform(0.05, 0.07))
    if who.variant == "sidebar":
        page.box(-2, -2, 12, 1200, fill=who.accent)
        left += 12
    right = issue.width - issue.width * 0.055
    y = _letterhead(page, issue, left, right)
    terms = issue.pick("terms")
    named = re.search(r"\d+", terms)
    days = int(named.group() if named else issue.rng.choice((14, 21, 30)))
    y = _particulars(page, issue, days, left, right, y)
    y = _table(page, issue, left, right, y)
    style = who.body
    leading = style.x_height * 2.2
    y += leading * 0.6
    page.text(left, y, terms, style.italic())
    y += leading
    width = page.text(left, y, issue.label("account"), style)
    account = page.fitted(who.language.account(issue.rng), style, right - left - width - 8)
    page.text(left + width + 8, y, account, style, field="iban")
    page.cut(max(y + 26, issue.height * float(issue.rng.uniform(0.95, 1.15))))
    return page


def _letterhead(page: Page, issue: Issue, left: float, right: float) -> float:
    who = issue.issuer
    heading = who.heading.coloured(who.accent)
    size = heading.x_height * 2.9
    small = who.body
    y = 14.0
    if who.variant == "banner":
        page.box(-2, -2, issue.width + 4, size + 24, fill=who.accent)
        heading = heading.coloured((250, 250, 250))
        page.box(left - 3, y - 7, size + 6, size + 6, fill=page.paper, radius=3)
        logo(page, left, y - 4, size, who.accent, who.logo_seed)
        name = page.fitted(who.name, heading, right - left - size - 16)
        page.text(left + size + 14, y + size * 0.62, name, heading, field="issuer")
        y += size + 24
        contact = page.fitted(f"{who.street}, {who.town}", small, right - left)
        page.text(right, y, contact, small, field="address", align="right")
        return y + 8
    mirrored = who.logo_seed % 2 == 1 and who.variant != "ledger"
    x, mark = (right, left) if mirrored else (left, right - size)
    aligned: Align = "right" if mirrored else "left"
    logo(page, mark, y, size, who.accent, who.logo_seed)
    name = page.fitted(who.name, heading, right - left - size - 14)
    y += heading.x_height * 1.6
    page.text(x, y, name, heading, field="issuer", align=aligned)
    y += 3
    for line, field in ((who.street, "address"), (who.town, "address"), (who.phone, "phone")):
        y += small.x_height * 2.15
        line = page.fitted(line, small, right - left - size - 14)
        page.text(x, y, line, small, field=field, align=aligned)
    y += 9
    if who.variant == "classic":
        page.line((left, y), (right, y), who.accent, 1.5)
    return y


def _particulars(page: Page, issue: Issue, days: int, left: float, right: float, y: float) -> float:
    who = issue.issuer
    style, leading = who.body, who.body.x_height * 2.1
    title = who.heading.times(0.95).coloured(who.accent)
    y += title.x_height * 1.9 + 4
    page.text(left, y, issue.label("invoice"), title)
    day = issue.day()
    due = day + timedelta(days=days)
    column = left + (right - left) * 0.52
    rows = (
        ("invoice_no", issue.number(f"{day.year}-####"), "invoice_number"),
        ("date", issue.written(day), "date"),
        ("due", issue.written(due), "due_date"),
    )
    customer = [(issue.label("bill_to"), None), (issue.faker.name(), "name"),
                (issue.faker.street_address().splitlines()[0], "address"),
                (f"{issue.faker.postcode()} {issue.faker.city()}", "address")]  # fmt: skip
    top = y + 4
    for index, (line, field) in enumerate(customer):
        lettering = style.bold() if field is None else style
        line = page.fitted(line, lettering, column - left - 8)
        page.text(left, top + (index + 1) * leading, line, lettering, field=field)
    for index, (key, value, field) in enumerate(rows):
        at = top + (index + 1) * leading
        page.text(column, at, page.fitted(issue.label(key), style, 90), style)
        page.text(right, at, value, style, field=field, align="right")
    return top + leading * 4 + 8


def _table(page: Page, issue: Issue, left: float, right: float, y: float) -> float:
    who, language = issue.issuer, issue.issuer.language
    style = who.body
    row = style.x_height * float(issue.rng.uniform(2.5, 2.9))
    grid = lighter(style.colour, 0.35)
    quantity_at = left + (right - left) * 0.58
    price_at = left + (right - left) * 0.79
    head = style.bold()
    if who.variant in ("banner", "sidebar"):
        page.box(left - 4, y, right - left + 8, row, fill=who.accent)
        head = head.coloured((250, 250, 250))
    top = y
    base = row * 0.7
    page.text(left, y + base, issue.label("description"), head)
    for at, key in ((quantity_at, "qty"), (price_at, "price"), (right, "amount")):
        page.text(at, y + base, issue.label(key), head, align="right")
    y += row
    if who.variant in ("classic", "ledger"):
        page.line((left - 4, y), (right + 4, y), style.colour, 1)
    count = int(issue.rng.integers(2, 6 if issue.height < 420 else 8))
    sum_cents = 0
    for index, service in enumerate(issue.several("services", count)):
        quantity = int(issue.rng.choice((1, 1, 2, 3, 4, 6, 8, 12)))
        cents = 50 * int(issue.rng.integers(20, 500))
        if who.variant in ("banner", "sidebar") and index % 2:
            page.box(left - 4, y, right - left + 8, row, fill=lighter(who.accent, 0.86))
        name = page.fitted(service, style, quantity_at - left - 46)
        page.text(left, y + base, name, style, field="item")
        page.text(quantity_at, y + base, str(quantity), style, field="quantity", align="right")
        price, amount = language.money(cents), language.money(cents * quantity)
        page.text(price_at, y + base, price, style, field="unit_price", align="right")
        page.text(right, y + base, amount, style, field="price", align="right")
        y += row
        if who.variant == "ledger":
            page.line((left - 4, y), (right + 4, y), grid, 0.75)
        sum_cents += cents * quantity
    if who.variant == "ledger":
        page.box(left - 4, top, right - left + 8, y - top, edge=grid)
        for at in (quantity_at - 42, quantity_at + 5, price_at + 5):
            page.line((at, top), (at, y), grid, 0.75)
    elif who.variant == "classic":
        page.line((left - 4, y), (right + 4, y), style.colour, 1)
    rate = language.tax_rates[who.logo_seed % len(language.tax_rates)]
    tax = round(sum_cents * rate / 1000)
    y += 4
    lines: tuple[tuple[str, str, str, TextStyle], ...] = (
        (issue.label("subtotal"), language.money(sum_cents), "subtotal", style),
        (f"{issue.label('tax')} {language.percent(rate)}", language.money(tax), "tax", style),
        (issue.label("total"), language.priced(sum_cents + tax), "total",
         style.bold().times(1.15)),
    )  # fmt: skip
    for name, value, field, lettering in lines:
        y += row * 0.85
        taken = page.text(right, y, value, lettering, field=field, align="right")
        edge = min(price_at - 6, right - taken - 12)
        page.text(edge, y, name, lettering, align="right")
    page.line((quantity_at, y + 5), (right + 4, y + 5), who.accent, 1.2)
    return y + 10
