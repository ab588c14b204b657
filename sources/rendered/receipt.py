"""Till receipts: narrow strips whose sums add up."""

from __future__ import annotations

from sources.rendered.drawings import bar_code, logo, square_code
from sources.rendered.fonts import TextStyle
from sources.rendered.issuer import Issue
from sources.rendered.page import Align, Page

VARIANTS = ("till", "cafe", "fuel", "parking")
_NAMES = {"till": "shops", "cafe": "cafes", "fuel": "stations", "parking": "garages"}


def typeset(issue: Issue) -> Page:
    """A receipt of the issuer, as tall as it needs to be."""
    strip = _Strip(issue)
    strip.head()
    {
        "till": strip.goods,
        "cafe": strip.menu,
        "fuel": strip.fuel,
        "parking": strip.parking,
    }[issue.issuer.variant]()
    strip.foot()
    return strip.page


class _Strip:
    """The strip while it is printed; `y` is the last baseline."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue
        self.who = issue.issuer
        self.language = issue.issuer.language
        self.style = self.who.body
        self.margin = issue.width * float(issue.rng.uniform(0.045, 0.075))
        self.page = Page(issue.width, 900, self.who.paper)
        self.y = 12.0
        self.minute = int(issue.rng.integers(12 * 60, 22 * 60))
        self.leading = self.style.x_height * (2.1 + 0.35 * (self.who.logo_seed % 7) / 7)

    def head(self) -> None:
        """Shop name, address, date and time."""
        issue, who, page = self.issue, self.who, self.page
        centred = who.logo_seed % 3 > 0
        x = issue.width / 2 if centred else self.margin
        align: Align = "centre" if centred else "left"
        if who.logo_seed % 5 < 2:
            size = who.heading.x_height * 2.6
            logo(page, x - size / 2 if centred else x, self.y, size, self.style.colour,
                 who.logo_seed)  # fmt: skip
            self.y += size + 4
        names = self.language.lists[_NAMES[who.variant]]
        title = f"{who.name} {names[who.logo_seed % len(names)]}"
        if who.logo_seed % 2:
            title = title.upper()
        heading = who.heading.times(0.82)
        title = page.fitted(title, heading, issue.width - 2 * self.margin)
        self.y += heading.x_height * 2.2
        page.text(x, self.y, title, heading, field="shop", align=align)
        self.y += 4
        for line, field in ((who.street, "address"), (who.town, "address"), (who.phone, "phone")):
            self.y += self.leading * 0.95
            line = page.fitted(line, self.style, issue.width - 2 * self.margin)
            page.text(x, self.y, line, self.style, field=field, align=align)
        self.rule()
        self.pair(issue.written(issue.day()), _clock(self.minute), "date", "time")
        if who.variant != "parking":
            number = issue.number("####" if issue.chance(0.5) else "00####")
            self.pair(issue.label("receipt_no"), number, None, "receipt_number")
        if who.variant in ("till", "cafe") and issue.chance(0.6):
            self.pair(issue.label("served_by"), issue.faker.first_name(), None, "name")
        self.rule()

    def goods(self) -> None:
        """Goods, some of them several times, at times a coupon."""
        issue = self.issue
        room = 11 if issue.height > 440 else 7
        count = int(issue.rng.integers(3, room))
        sum_cents = 0
        for item in issue.several("goods", count):
            cents = int(issue.rng.integers(49, 1499))
            if issue.chance(0.22):
                quantity = int(issue.rng.integers(2, 5))
                self.pair(item, "", "item", None)
                unit = f"  {quantity} x {self.language.money(cents)}"
                self.pair(unit, self.language.money(cents * quantity), "unit_price", "price")
                cents *= quantity
            else:
                self.pair(item, self.language.money(cents), "item", "price")
            sum_cents += cents
        if issue.chance(0.2):
            rebate = -int(issue.rng.integers(20, 46))
            self.pair(issue.label("coupon"), self.language.money(rebate), "item", "price")
            sum_cents += rebate
        self.sums(sum_cents, count)

    def menu(self) -> None:
        """Dishes and drinks, each after its number."""
        issue = self.issue
        count = int(issue.rng.integers(2, 7))
        sum_cents = 0
        for item in issue.several("menu", count):
            quantity = int(issue.rng.choice((1, 1, 1, 2, 3)))
            cents = 5 * int(issue.rng.integers(36, 260)) * quantity
            self.pair(f"{quantity} {item}", self.language.money(cents), "item", "price")
            sum_cents += cents
        self.sums(sum_cents, count)

    def fuel(self) -> None:
        """One filling: pump, volume, price a unit."""
        issue = self.issue
        per_unit = int(issue.rng.integers(299, 489) if self.language.tax_on_top
                       else issue.rng.integers(139, 209))  # fmt: skip
        hundredths = int(issue.rng.integers(900, 6200))
        cents = round(per_unit * hundredths / 100)
        self.pair(issue.label("pump"), str(issue.rng.integers(1, 13)), None, "pump")
        self.pair(issue.label("litres"), self.language.money(hundredths), None, "volume")
        rate = f"{self.language.money(per_unit)}/{issue.label('unit')}"
        self.pair(issue.pick("fuels"), rate, "item", "unit_price")
        self.pair(issue.label("amount"), self.language.money(cents), None, "price")
        self.sums(cents, 1)

    def parking(self) -> None:
        """One stay: plate, in, out."""
        issue = self.issue
        page, style = self.page, self.who.heading.times(0.8)
        self.y += self.leading * 0.4
        title = page.fitted(issue.label("ticket"), style, issue.width - 2 * self.margin)
        page.text(issue.width / 2, self.y + 4, title, style, align="centre")
        self.y += self.leading * 0.6
        stay = int(issue.rng.integers(12, 300))
        plate = issue.faker.license_plate().replace(" ", "-")
        self.pair(issue.label("number"), issue.number("P-######"), None, "ticket_number")
        self.pair(issue.label("plate"), plate, None, "plate")
        self.pair(issue.label("entry"), _clock(self.minute - stay), None, "entry")
        self.pair(issue.label("leave"), _clock(self.minute), None, "exit")
        cents = 50 * (1 + stay // 20)
        self.pair(issue.label("price"), self.language.money(cents), None, "price")
        self.sums(cents, 1)

    def sums(self, cents: int, count: int) -> None:
        """Subtotal, tax, total and how it was paid; shelf prices leave the tax out in the US."""
        issue, language = self.issue, self.language
        self.rule()
        rate = language.tax_rates[self.who.logo_seed % len(language.tax_rates)]
        if language.tax_on_top:
            tax = round(cents * rate / 1000)
            self.pair(issue.label("subtotal"), language.money(cents), None, "subtotal")
            self.pair(f"{issue.label('tax')} {language.percent(rate)}", language.money(tax),
                      None, "tax")  # fmt: skip
            cents += tax
        big = self.style.bold().times(1.0 + 0.12 * (self.who.logo_seed % 4))
        self.y += self.leading * 0.2
        self.pair(issue.label("total"), language.priced(cents), None, "total", big)
        if not language.tax_on_top:
            tax = cents - round(cents * 1000 / (1000 + rate))
            self.pair(f"{issue.label('tax')} {language.percent(rate)}", language.money(tax),
                      None, "tax")  # fmt: skip
        self.rule()
        if issue.chance(0.5):
            note = (500, 1000, 2000, 5000)[int(issue.rng.integers(4))]
            given = -(-cents // note) * note
            self.pair(issue.label("cash"), language.money(given), None, "cash")
            self.pair(issue.label("change"), language.money(given - cents), None, "change")
        else:
            self.pair(issue.label("card"), issue.number("**** ####"), None, "card")
        if count > 2 and issue.chance(0.5):
            self.pair(issue.label("items"), str(count), None, "count")

    def foot(self) -> None:
        """A line of thanks, sometimes a code; then the strip is torn off."""
        issue, page = self.issue, self.page
        self.y += self.leading * 0.5
        if issue.chance(0.85):
            self.y += self.leading
            thanks = page.fitted(issue.pick("thanks"), self.style, issue.width - 2 * self.margin)
            page.text(issue.width / 2, self.y, thanks, self.style, align="centre")
        if issue.chance(0.45):
            width = issue.width * float(issue.rng.uniform(0.5, 0.8))
            bar_code(page, (issue.width - width) / 2, self.y + 10, width, 24, issue.rng)
            self.y += 34
        elif issue.chance(0.3):
            square_code(page, issue.width / 2 - 27, self.y + 10, 54, issue.rng)
            self.y += 64
        page.cut(self.y + float(issue.rng.uniform(14, 30)))

    def rule(self) -> None:
        """What parts the blocks: dashes, stars, a line or mere space."""
        kind = self.who.logo_seed // 11 % 4
        self.y += self.leading * 0.55
        left, right = self.margin, self.issue.width - self.margin
        if kind == 0:
            self.page.dashes(left, right, self.y, self.style.colour)
        elif kind == 1:
            self.page.dashes(left, right, self.y, self.style.colour, 1.2)
        elif kind == 2:
            self.page.line((left, self.y), (right, self.y), self.style.colour, 0.75)
        self.y += self.leading * 0.15

    def pair(
        self,
        left: str,
        right: str,
        left_field: str | None,
        right_field: str | None,
        style: TextStyle | None = None,
    ) -> None:
        """A line with something at each margin."""
        style = style or self.style
        self.y += self.leading * max(1.0, style.x_height / self.style.x_height * 0.95)
        end = self.issue.width - self.margin
        taken = self.page.text(end, self.y, right, style, field=right_field, align="right")
        indent = 8 if left.startswith(" ") else 0
        room = end - self.margin - taken - 6 - indent
        left = self.page.fitted(left, style, room)
        self.page.text(self.margin + indent, self.y, left, style, field=left_field)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
