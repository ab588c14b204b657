"""ONNX networks through onnxruntime: loading, what they take, and what stands in their graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from schemas.errors import GeneratorError, MissingExtraError

Device = Literal["cpu", "cuda"]
Values = npt.NDArray[np.float32]
Input = tuple[str, tuple[int | str | None, ...]]
"""The name of what a network takes, and its shape; what is no number may be any."""

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ERRORS_ONLY = 3
_NORMALISING_NODES = 8


class Network:
    """One ONNX file, loaded. Raises `GeneratorError` where it cannot be, or not on the device."""

    def __init__(self, path: str, device: Device, threads: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("faces", "onnxruntime", "A learned face swap") from error
        self.path = _existing(path)
        provider = _PROVIDERS[device]
        if provider not in onnxruntime.get_available_providers():
            raise GeneratorError(
                f"this onnxruntime has no {provider}; install onnxruntime-gpu in place of "
                "onnxruntime, or set device to cpu"
            )
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.use_deterministic_compute = True
        settings.log_severity_level = _ERRORS_ONLY
        try:
            self._session = onnxruntime.InferenceSession(str(self.path), settings, [provider])
        except Exception as error:  # Its errors have no root of their own.
            raise GeneratorError(f"{self.path} could not be loaded as ONNX: {error}") from error
        if provider not in self._session.get_providers():
            raise GeneratorError(f"{self.path.name} does not run on {device} here; set device: cpu")
        self.inputs: tuple[Input, ...] = tuple(
            (one.name, tuple(one.shape)) for one in self._session.get_inputs()
        )

    def run(self, **values: Values) -> list[Values]:
        """All outputs for inputs by name, as float32."""
        outputs = self._session.run(None, values)
        return [np.asarray(one, np.float32) for one in outputs]

    def graph(self) -> Any:
        """The file's graph, read anew; only its initializers and nodes are of interest."""
        try:
            import onnx
        except ImportError as error:
            raise MissingExtraError("faces", "onnx", f"Reading {self.path.name}") from error
        return onnx.load(str(self.path)).graph

    def last_matrix(self, side: int) -> Values | None:
        """The last initializer where it is a square matrix (side, side), else None.

        There inswapper keeps the matrix that turns an identity's embedding into what it takes.
        """
        initializers = self.graph().initializer
        if not initializers or tuple(initializers[-1].dims) != (side, side):
            return None
        import onnx

        return np.asarray(onnx.numpy_helper.to_array(initializers[-1]), np.float32)

    def normalises_itself(self) -> bool:
        """Whether the graph begins with a subtraction and a multiplication of its input."""
        first = {node.op_type for node in self.graph().node[:_NORMALISING_NODES]}
        return {"Sub", "Mul"} <= first


def _existing(path: str) -> Path:
    found = Path(path).expanduser()
    if not found.is_file():
        raise GeneratorError(f"{path!r} is no file; give the path of an ONNX file")
    return found
