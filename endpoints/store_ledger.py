"""The ledger of runs that live in an object store: one small object a request, and its answer's."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from upath import UPath

from endpoints.ledger import Entry, Record, Spending, State, read_entry, spelt, summed
from schemas.identity import canonical_json
from storage.files import explained, write_bytes

_AT_A_TIME = 64
"""A store takes some 50 ms for each object, whatever else it is asked meanwhile."""


class StoreLedger:
    """A ledger in a folder of an object store: `<2 hex>/<key>.json` and `.answer`."""

    def __init__(self, folder: UPath) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="ledger")

    def read(self, key: str) -> Future[Record | None]:
        """What there is of a request, None where it was never sent."""
        return self._pool.submit(self._read, key)

    def claim(self, key: str, entry: Entry) -> Future[bool]:
        """Write the first entry; False where another thread or process was faster."""
        return self._pool.submit(self._claim, key, entry)

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> Future[None]:
        """Write the entry anew, behind its answer where there is one."""
        return self._pool.submit(self._write, key, entry, answer)

    def forget(self, key: str) -> Future[None]:
        """Remove an entry."""
        return self._pool.submit(self._forget, key)

    def spending(self, skip: Collection[str] = ()) -> Spending:
        """What all entries come to, but for those of the keys in `skip`."""
        keys = [key for key in self._keys() if key not in skip]
        return summed(entry for entry in self._pool.map(self._entry, keys) if entry is not None)

    def _read(self, key: str) -> Record | None:
        entry = self._entry(key)
        if entry is None or entry.state is State.REFUSED:
            return None if entry is None else Record(entry)
        return Record(entry, _bytes(self._place(key, "answer")))

    def _entry(self, key: str) -> Entry | None:
        data = _bytes(self._place(key, "json"))
        return None if data is None else read_entry(data)

    def _claim(self, key: str, entry: Entry) -> bool:
        path = self._place(key, "json")
        with explained(f"writing {path}"):
            try:
                path.fs.pipe_file(path.path, _spelt(entry), mode="create")
            except FileExistsError:
                return False
        return True

    def _write(self, key: str, entry: Entry, answer: bytes | None) -> None:
        if answer is not None:
            write_bytes(self._place(key, "answer"), answer)
        write_bytes(self._place(key, "json"), _spelt(entry))

    def _forget(self, key: str) -> None:
        path = self._place(key, "json")
        with explained(f"removing {path}"), suppress(FileNotFoundError):
            path.fs.rm_file(path.path)

    def _keys(self) -> Iterator[str]:
        folder = self._folder
        with explained(f"reading {folder}"), suppress(FileNotFoundError):
            # What others have written since is not in fsspec's cache of listings.
            folder.fs.invalidate_cache(folder.path)
            for path in folder.fs.find(folder.path):
                name, _, kind = path.rpartition("/")[2].rpartition(".")
                if kind == "json":
                    yield name

    def _place(self, key: str, kind: str) -> UPath:
        return self._folder / key[:2] / f"{key}.{kind}"


def _spelt(entry: Entry) -> bytes:
    return canonical_json(json.loads(spelt(entry)) | {"payload": dict(entry.payload)}).encode()


def _bytes(path: UPath) -> bytes | None:
    """An object's bytes, None where there is none, and never from a cache of what there was."""
    with explained(f"reading {path}"), suppress(FileNotFoundError):
        data: bytes = path.fs.cat_file(path.path)
        return data
    return None
