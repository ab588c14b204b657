"""Lets a process hold as many connections as are wanted; many systems begin with 1,024 files."""

from __future__ import annotations

_OTHERS = 256


def allow_open_files(connections: int) -> None:
    """Raise this process's own limit of open files for so many connections, as far as permitted."""
    try:
        import resource
    except ImportError:  # There is no such limit on Windows.
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
