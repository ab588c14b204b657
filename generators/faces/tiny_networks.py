"""Face networks of a few thousand weights, with the interfaces of real ones, to try a swap on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import MissingExtraError

_LENGTH = 512
_SIDE, _EMBEDDER_SIDE = 128, 112
_OPSET, _IR = 17, 9


@contextmanager
def tiny_networks() -> Iterator[Mapping[str, Any]]:
    """Options of `face_swap_onnx` for a swapper and an embedder that last while this is open."""
    with tempfile.TemporaryDirectory() as folder:
        model, embedder = Path(folder) / "tiny_swapper.onnx", Path(folder) / "tiny_embedder.onnx"
        write_swapper(model)
        write_embedder(embedder)
        yield {"model": str(model), "embedder": str(embedder), "licence": "CC0-1.0"}


def write_embedder(path: Path) -> None:
    """ArcFace's interface: (1, 3, 112, 112) in -1..1 to (1, 512), by mean colours of 49 fields."""
    onnx = _onnx()
    helper = onnx.helper
    weights = np.random.default_rng(1).normal(size=(147, _LENGTH)).astype(np.float32)
    nodes = [
        helper.make_node(
            "AveragePool", ["data"], ["fields"], kernel_shape=[16, 16], strides=[16, 16]
        ),
        helper.make_node("Flatten", ["fields"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    shapes = {"data": (1, 3, _EMBEDDER_SIDE, _EMBEDDER_SIDE)}
    _save(path, nodes, shapes, {"embedding": (1, _LENGTH)}, {"weights": weights})


def write_swapper(path: Path) -> None:
    """inswapper's interface: `target` (1, 3, 128, 128) in 0..1 and `source` (1, 512), mapped.

    The embedding is spread into a soft pattern of colour over the crop. The last initializer is
    the matrix that embeddings go through first.
    """
    helper = _onnx().helper
    rng = np.random.default_rng(2)
    matrix = np.diag(rng.choice([-1.0, 1.0], _LENGTH)).astype(np.float32)[rng.permutation(_LENGTH)]
    weights = (6.0 * rng.normal(size=(_LENGTH, 48))).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["source", "weights"], ["flat"]),
        helper.make_node("Reshape", ["flat", "grid"], ["coarse"]),
        helper.make_node("Resize", ["coarse", "", "", "size"], ["wide"], mode="linear"),
        helper.make_node("Tanh", ["wide"], ["bounded"]),
        helper.make_node("Mul", ["bounded", "strength"], ["pattern"]),
        helper.make_node("Add", ["target", "pattern"], ["sum"]),
        helper.make_node("Clip", ["sum", "least", "most"], ["output"]),
    ]
    shapes = {"target": (1, 3, _SIDE, _SIDE), "source": (1, _LENGTH)}
    constants: dict[str, npt.NDArray[Any]] = {
        "weights": weights,
        "grid": np.array([1, 3, 4, 4], np.int64),
        "size": np.array([1, 3, _SIDE, _SIDE], np.int64),
        "strength": np.array(0.12, np.float32),
        "least": np.array(0.0, np.float32),
        "most": np.array(1.0, np.float32),
        "matrix": matrix,
    }
    _save(path, nodes, shapes, {"output": (1, 3, _SIDE, _SIDE)}, constants)


def write_picture_swapper(path: Path, side: int | str = "side") -> None:
    """Two pictures (1, 3, side, side) to their mean, with names that say which is which."""
    helper = _onnx().helper
    nodes = [
        helper.make_node("Add", ["source_face", "target_face"], ["sum"]),
        helper.make_node("Mul", ["sum", "half"], ["output"]),
    ]
    shape = (1, 3, side, side)
    shapes = {"source_face": shape, "target_face": shape}
    _save(path, nodes, shapes, {"output": shape}, {"half": np.array(0.5, np.float32)})


def _save(
    path: Path,
    nodes: list[Any],
    inputs: Mapping[str, tuple[int | str, ...]],
    outputs: Mapping[str, tuple[int | str, ...]],
    constants: Mapping[str, npt.NDArray[Any]],
) -> None:
    onnx = _onnx()
    helper = onnx.helper

    def declared(shapes: Mapping[str, tuple[int | str, ...]]) -> list[Any]:
        kind = onnx.TensorProto.FLOAT
        return [helper.make_tensor_value_info(name, kind, shape) for name, shape in shapes.items()]

    initializers = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, declared(inputs), declared(outputs), initializers)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
    )
    onnx.save(model, str(path))


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("faces", "onnx", "Trying a learned face swap") from error
    return onnx
