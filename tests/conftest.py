"""Fixtures that every test may use."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

# Torch's threads spin while they wait for one another, which on a busy machine costs minutes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No test fails for being slow: machines are busy.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


class NetworkForbidden(Exception):
    """A test wanted to reach something beyond this machine."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures beside the checkout; tests that need them skip where they are absent."""
    folder = (
        Path(os.environ.get("COUNTERFOIL_TEST_DATA", ""))
        if os.environ.get("COUNTERFOIL_TEST_DATA")
        else Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    if not (folder / "README.md").is_file():
        pytest.skip("the shared test pictures are not beside this checkout")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _this_machine_alone() -> Iterator[None]:
    """Refuses connections to anything but this machine: no test may depend on, or pay, others.

    COUNTERFOIL_TEST_NETWORK=1 lifts it, for tests that install what they need.
    """
    if os.environ.get("COUNTERFOIL_TEST_NETWORK"):
        yield
        return
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _check(self, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist's classes are untyped
    """Shares the tests out between processes by file, so that what a file sets up is set up once.

    The flows' tests, many of which look at one small build, stay together; generators that pass
    the conformance kit one by one are shared out one by one, behind the rest.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        if file.startswith("tests/flows/"):
            return "tests/flows"
        return nodeid if file.endswith("test_conformance_built_ins.py") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """The scheduler of `pytest -n 2`."""
    return ByFile(config, log)


def _check(connecting: socket.socket, address: Any) -> None:
    if connecting.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    if host == "localhost" or _is_own(host, connecting.family):
        return
    raise NetworkForbidden(
        f"a test wanted to connect to {host}. Tests reach this machine alone: let it use a server "
        "of its own (endpoints.local_server), or set COUNTERFOIL_TEST_NETWORK=1."
    )


def _is_own(host: str, family: int) -> bool:
    """Whether an address is this machine's: only then can one listen there."""
    try:
        if ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            return True
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except (ValueError, OSError):
        return False
    return True
