"""Asks an import for its items and checks that they are told apart and come in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from generators.contract import Generator, Item, Supplies
from schemas.errors import MissingExtraError

_COUNT = 4


def take_items(make: Callable[[], Generator]) -> tuple[tuple[Item, ...], list[str]]:
    """A few items of a new import, and what is wrong with them."""
    try:
        items, again, fewer = _ask(make, _COUNT), _ask(make, _COUNT), _ask(make, 1)
    except MissingExtraError:
        raise
    except Exception as error:
        told = f"items() raises {type(error).__name__}: {error}; let trial() yield options under "
        return (), [f"{told}which a few items are there"]
    return items, list(_problems(items, again, fewer))


def _ask(make: Callable[[], Generator], count: int) -> tuple[Item, ...]:
    importer = make()
    return tuple(importer.items(count)) if isinstance(importer, Supplies) else ()


def _problems(items: Sequence[Item], again: Sequence[Item], fewer: Sequence[Item]) -> Iterator[str]:
    if not items:
        yield "items() gives none; let trial() yield options under which a few are there"
    elif not all(isinstance(item, Item) and item.name for item in items):
        yield "items() gives something else than a generators.contract.Item with a name"
    elif len(items) > _COUNT:
        yield f"items({_COUNT}) gives {len(items)}; give at most as many as are asked for"
    elif len({item.name for item in items}) < len(items):
        yield "items() gives two of one name; a name must say which picture it is"
    elif items != again:
        yield "items() gives others the second time; sort them, by name or by a hash of it"
    elif fewer != items[:1]:
        yield f"items(1) is not where items({_COUNT}) begins; take from one order that stays"
