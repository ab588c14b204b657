"""The ledger keeps what it is given, also where others write and no file can be renamed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from upath import UPath

from endpoints.ledger import Entry, Ledger, MemoryLedger, Record, Spending, State
from endpoints.local_ledger import LocalLedger
from endpoints.store_ledger import StoreLedger
from schemas.errors import StorageError

KEYS = ("ab" * 32, "cd" * 32)


def through_its_paces(ledger: Ledger) -> None:
    first, other = KEYS
    sent = Entry(State.SENT, "url", "model", 3, {"prompt": "é", "n": 1}, dollars=0.5, batch="b")
    assert ledger.read(first).result() is None
    assert ledger.spending() == Spending(0.0, {})
    assert ledger.claim(first, sent).result()
    assert not ledger.claim(first, Entry(State.LOST)).result()
    assert ledger.read(first).result() == Record(sent)
    answered = replace(
        sent, state=State.ANSWERED, dollars=0.25, written_off=0.5, request_id="req", batch=""
    )
    ledger.write(first, answered, b"\x00body").result()
    assert ledger.read(first).result() == Record(answered, b"\x00body")
    assert answered.total == 0.75
    assert ledger.claim(other, sent).result()
    assert ledger.spending() == Spending(1.25, {State.ANSWERED: 1, State.SENT: 1})
    assert ledger.spending(skip={first}) == Spending(0.5, {State.SENT: 1})
    for _ in range(2):
        ledger.forget(other).result()
    assert ledger.read(other).result() is None
    assert ledger.claim(other, sent).result()
    unclaimed = "ef" * 32
    ledger.write(unclaimed, sent).result()
    assert ledger.read(unclaimed).result() == Record(sent)


def test_in_memory() -> None:
    through_its_paces(MemoryLedger())


def test_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "a [run]* {1}?#"
    through_its_paces(LocalLedger(folder))
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {"ledger.sqlite"}


def test_where_there_are_no_renames(tmp_path: Path) -> None:
    through_its_paces(StoreLedger(UPath(f"memory://{tmp_path.name}/a [run]")))


def test_others_see_what_was_written_when_it_was_said_to_be(tmp_path: Path) -> None:
    one, other = LocalLedger(tmp_path), LocalLedger(tmp_path)
    for number in range(50):
        key = f"{number:064x}"
        mine, theirs = one.claim(key, Entry(State.SENT)), other.claim(key, Entry(State.SENT))
        assert mine.result() + theirs.result() == 1
        one.write(key, Entry(State.ANSWERED), b"body").result()
        record = other.read(key).result()
        assert record is not None
        assert (record.entry.state, record.answer) == (State.ANSWERED, b"body")


def test_one_sync_serves_many_entries(tmp_path: Path) -> None:
    ledger, keys = LocalLedger(tmp_path), [f"{number:064x}" for number in range(3_000)]
    claims = [ledger.claim(key, Entry(State.SENT, dollars=0.001)) for key in keys]
    assert all(claim.result() for claim in claims)
    assert ledger.spending().requests == {State.SENT: 3_000}
    assert ledger.spending().dollars == pytest.approx(3.0)


def test_its_writer_ends_with_it(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    assert ledger.claim(KEYS[0], Entry(State.SENT)).result()
    (writer,) = (t for t in threading.enumerate() if t.name == f"ledger {tmp_path}")
    del ledger
    writer.join(10)
    assert not writer.is_alive()


def test_it_says_so_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file")
    with pytest.raises(StorageError, match="a file stands where a folder is wanted"):
        LocalLedger(tmp_path / "ledger").claim(KEYS[0], Entry(State.SENT))


def test_it_says_so_where_its_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("no database at all, but long enough to be read as one")
    with pytest.raises(StorageError, match="keeping the ledger in"):
        LocalLedger(tmp_path).claim(KEYS[0], Entry(State.SENT))


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
    through_its_paces(StoreLedger(bucket))
