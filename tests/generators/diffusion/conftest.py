"""Tiny checkpoints, built once a session and only when a test asks for them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Without the ml extra the tests of presets, sizes and masks still run.
if any(importlib.util.find_spec(name) is None for name in ("torch", "diffusers", "transformers")):
    collect_ignore_glob = [
        "test_adaptors.py",
        "test_applied_masks.py",
        "test_autoencoders.py",
        "test_conformance.py",
        "test_families.py",
        "test_loading.py",
        "test_qwen_edit.py",
    ]

Checkpoint = Callable[[str], Path]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads gain nothing on tiny networks, and wait for one another where cores are busy."""
    if importlib.util.find_spec("torch") is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """The folder of the tiny random checkpoint of a pipeline class."""
    from tests.generators.diffusion.tiny_pipelines import save

    root = tmp_path_factory.mktemp("checkpoints")

    def folder(name: str) -> Path:
        if not (root / name).is_dir():
            save(name, root / name)
        return root / name

    return folder
