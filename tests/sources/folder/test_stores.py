"""A folder in an object store is read like one on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from schemas.errors import RecipeError
from schemas.picture import Picture
from tests.sources.folder.pictures import (
    ALL,
    read_all,
    reader,
)


@pytest.fixture
def store() -> Iterator[UPath]:
    root = UPath("memory://bucket/prefix/photos")
    yield root
    root.fs.store.clear()
    root.fs.pseudo_dirs[:] = [""]


def test_an_object_store_is_read_like_a_disk(store: UPath, photos: Path) -> None:
    for path in sorted(photos.rglob("*")):
        if path.is_file():
            (store / str(path.relative_to(photos))).write_bytes(path.read_bytes())
    here, there = read_all(reader(photos)), read_all(reader(str(store)))
    assert tuple(there) == ALL
    for origin in ALL:
        for a, b in zip(here[origin], there[origin], strict=True):
            assert isinstance(a, Picture)
            assert isinstance(b, Picture)
            assert a.source == b.source
            np.testing.assert_array_equal(a.pixels, b.pixels)
    assert reader(str(store), recursive=False).origins() == ALL[:2]
    with pytest.raises(RecipeError, match="does not exist"):
        reader("memory://bucket/other").origins()


@pytest.mark.s3
@pytest.mark.filterwarnings("ignore")
def test_a_bucket_is_read_like_a_disk(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    try:
        UPath("s3://bucket").fs.mkdir("bucket")
        for origin in ALL:
            data = (photos.parent / origin).read_bytes()
            (UPath("s3://bucket/set") / origin).write_bytes(data)
        here, there = reader(photos), reader("s3://bucket/set/photos")
        assert there.origins() == ALL
        assert [item.source for item in there.read(ALL[0]) if isinstance(item, Picture)] == [
            item.source for item in here.read(ALL[0]) if isinstance(item, Picture)
        ]
        with pytest.raises(RecipeError, match="does not exist"):
            reader("s3://bucket/none").origins()
    finally:
        server.stop()
