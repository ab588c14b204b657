"""The ledger keeps what it is given, also where others write and no file can be renamed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from upath import UPath

from endpoints.ledger import Entry, FolderLedger, MemoryLedger, State
from schemas.errors import StorageError

KEYS = ("ab" * 32, "cd" * 32)


def through_its_paces(ledger: FolderLedger | MemoryLedger) -> None:
    first, other = KEYS
    sent = Entry(State.SENT, "url", "model", 3, {"prompt": "é", "n": 1}, dollars=0.5)
    assert ledger.read(first) is None
    assert ledger.answer(first) is None
    assert list(ledger.entries()) == []
    assert ledger.claim(first, sent)
    assert not ledger.claim(first, Entry(State.LOST))
    assert ledger.read(first) == sent
    answered = Entry(State.ANSWERED, dollars=0.25, written_off=0.5, request_id="req")
    ledger.write(first, answered, b"\x00body")
    assert ledger.read(first) == answered
    assert ledger.answer(first) == b"\x00body"
    assert answered.total == 0.75
    assert ledger.claim(other, sent)
    assert dict(ledger.entries()) == {first: answered, other: sent}
    assert dict(ledger.entries(skip={first})) == {other: sent}
    ledger.forget(other)
    ledger.forget(other)
    assert ledger.read(other) is None
    assert ledger.claim(other, sent)


def test_in_memory() -> None:
    through_its_paces(MemoryLedger())


def test_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    through_its_paces(FolderLedger(UPath(tmp_path / "a [run]* {1}")))
    assert not list(tmp_path.rglob("*.partial"))


def test_where_there_are_no_renames(tmp_path: Path) -> None:
    through_its_paces(FolderLedger(UPath(f"memory://{tmp_path.name}/a [run]")))


def test_it_says_so_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file")
    with pytest.raises(StorageError, match="a file stands where a folder is wanted"):
        FolderLedger(UPath(tmp_path / "ledger")).claim(KEYS[0], Entry(State.SENT))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[UPath]:
    """A folder in an empty bucket on an S3 server of its own."""
    server_module = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("counterfoil-ledger")
    yield UPath("s3://counterfoil-ledger/run/ledger")
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.mark.s3
@pytest.mark.filterwarnings("default")
def test_in_a_bucket(bucket: UPath) -> None:
    through_its_paces(FolderLedger(bucket))
