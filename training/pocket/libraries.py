"""diffusers and transformers without types: theirs are partial, and strict checking trips on them.

`Model` stands for whatever of theirs is passed on, so that signatures still say what they want.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

diffusers: Any = import_module("diffusers")
transformers: Any = import_module("transformers")

Model = Any
