"""The templates, and the filters of a card's: how values are made harmless, shown in Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from dataset_cards import agreement_wording as agreeing
from dataset_cards.wording import operation_title, percent


def with_filters(filters: Mapping[str, Callable[..., Any]], *, html: bool = False) -> Environment:
    """Jinja with the templates of this package; an unknown name is an error.

    Beside `filters` there is `number`. With `html`, values are escaped.
    """
    found = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"number": lambda value: f"{value:,}", **filters}
    return found


def environment() -> Environment:
    """The templates of a card."""
    filters: dict[str, Callable[..., Any]] = {
        "percent": percent,
        "share": _share,
        "cell": _cell,
        "code": _code,
        "operation": operation_title,
        "figure": _figure,
        "panel": agreeing.panel_title,
        "subject": agreeing.subject_title,
        "shared": agreeing.shared,
        "coefficient": agreeing.coefficient,
        "spanned": agreeing.spanned,
        "headline": agreeing.headline,
        "anchored": agreeing.anchored,
    }
    return with_filters(filters)


def _source(name: str) -> str:
    return resources.files("dataset_cards").joinpath(name).read_text(encoding="utf-8")


def _share(share: float | None) -> str:
    """A share of something, empty where there is nothing to take one of."""
    return "" if share is None else percent(share)


def _cell(value: object) -> str:
    """Text from the data, made harmless inside a table of Markdown."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    return re.sub(r"([\\|`*\[\]<>])", r"\\\1", text)


def _code(value: object) -> str:
    """A name from the data as code, inside a table of Markdown."""
    text = re.sub(r"\s+", " ", str(value)).strip().replace("`", "'")
    return "`" + text.replace("|", r"\|") + "`" if text else ""


def _figure(name: str, charts: Mapping[str, str]) -> str:
    return f"![{charts[name]}](figures/{name}.png)" if name in charts else ""
