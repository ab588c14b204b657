"""The made set, once a session, and copies of it to write into."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.published import PublishedSet, open_published
from tests.dataset_cards.made_panel import PANEL
from tests.dataset_cards.made_set import made_set


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    """A made set without a card. Not to be written into."""
    return open_published(made_set(tmp_path_factory.mktemp("made")))


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    """The made set, judged by a panel as well. Not to be written into."""
    return open_published(made_set(tmp_path_factory.mktemp("judged"), panel=PANEL))


@pytest.fixture
def copy(made: PublishedSet, tmp_path: Path) -> PublishedSet:
    """A copy of the made set, to be written into."""
    shutil.copytree(made.folder.path, tmp_path / "copy")
    return open_published(tmp_path / "copy")
