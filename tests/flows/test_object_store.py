"""A whole run in an object store: parts, shards, card, validation, against a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.run import Run, open_run, start_run
from flows.validation import validate
from storage.files import location
from storage.published import open_published
from tests.flows.small import build_plainly, small_recipe

pytestmark = [pytest.mark.s3, pytest.mark.filterwarnings("default")]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty bucket on a server of its own."""
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("counterfoil-test")
    yield "s3://counterfoil-test/run"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_a_run_in_a_bucket_publishes_the_same_shards(built: Run, bucket: str) -> None:
    start_run(bucket, small_recipe())
    run = build_plainly(bucket)
    there, here = open_published(bucket), open_published(str(built.folder))
    assert there.manifest == here.manifest
    assert list(validate(there)) == []
    assert not list(location(bucket).rglob("*.partial"))
    build_plainly(bucket)
    assert open_run(bucket).recipe == run.recipe
