"""A piece is read whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from upath import UPath

from detector.probes.pieces import read_piece, write_piece


def test_a_piece_cut_anywhere_is_none(tmp_path: Path) -> None:
    path = UPath(tmp_path / "piece.npy")
    features = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert read_piece(path, 3) is None
    write_piece(path, features)
    found = read_piece(path, 3)
    assert found is not None
    np.testing.assert_array_equal(found, features)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert read_piece(path, 3) is None, length


def test_a_piece_of_something_else_is_none(tmp_path: Path) -> None:
    path = UPath(tmp_path / "piece.npy")
    write_piece(path, np.zeros((3, 2), np.float32))
    assert read_piece(path, 4) is None
    with path.open("wb") as file:
        np.save(file, np.zeros((3, 2), np.float64))
    assert read_piece(path, 3) is None
    write_piece(path, np.zeros(3, np.float32))
    assert read_piece(path, 3) is None
