"""What imagededup does, in its own environment: a subprocess that reads and writes one JSON.

Run by `benchmarks.imagededup` with that environment's interpreter; it imports nothing of ours.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import types
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Its learned half wants torch and torchvision. These two modules are all that ask for them.
_STUBS = {"imagededup.utils.models": "CustomModel", "imagededup.methods.cnn": "CNN"}


def main() -> None:
    """Do what the JSON on stdin asks for, and print what came of it."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name, missing in _STUBS.items():
        stub = types.ModuleType(name)
        setattr(stub, missing, None)
        sys.modules[name] = stub
    method = import_module("imagededup.methods").PHash(verbose=False)
    asked = json.load(sys.stdin)
    print(json.dumps(_TASKS[asked.pop("task")](method, **asked)))


def _encode(method: Any, folder: str, workers: int) -> dict[str, Any]:
    """Hashes of all files in a folder, as `find_duplicates(image_dir=…)` begins."""
    started = time.perf_counter()
    hashes = method.encode_images(folder, num_enc_workers=workers)
    return {"seconds": time.perf_counter() - started, "hashes": hashes}


def _find(
    method: Any, hashes: dict[str, str], radius: int, search: str, workers: int
) -> dict[str, Any]:
    """All pairs among the hashes by one of its searches, as `find_duplicates` finds them."""
    started = time.perf_counter()
    found = method.find_duplicates(
        encoding_map=hashes,
        max_distance_threshold=radius,
        scores=True,
        search_method=search,
        num_dist_workers=workers,
    )
    seconds = time.perf_counter() - started
    pairs = [[one, two, int(bits)] for one, near in found.items() for two, bits in near]
    return {"seconds": seconds, "pairs": [pair for pair in pairs if pair[0] < pair[1]]}


def _query(
    method: Any, hashes: dict[str, str], radius: int, search: str, queries: list[str]
) -> dict[str, Any]:
    """The making of a search, and some of its queries one after another in this process."""
    started = time.perf_counter()
    module, kind = _SEARCHES[search]
    made = getattr(import_module(f"imagededup.handlers.search.{module}"), kind)(
        hashes, method.hamming_distance
    )
    build = time.perf_counter() - started
    started = time.perf_counter()
    pairs = [(key, *found) for key in queries for found in made.search(hashes[key], radius)]
    seconds = time.perf_counter() - started
    return {"build": build, "seconds": seconds, "pairs": [p for p in pairs if p[0] != p[1]]}


_SEARCHES = {
    "bktree": ("bktree", "BKTree"),
    "brute_force_cython": ("brute_force_cython", "BruteForceCython"),
}
_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "encode": _encode,
    "find": _find,
    "query": _query,
}

if __name__ == "__main__":
    main()
