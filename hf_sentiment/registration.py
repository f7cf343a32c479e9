"""Register the task with transformers as soon as its pipelines are imported, and no earlier.

`transformers.pipelines` takes seconds to import, most of this package's startup time. `import hf_sentiment` does not
need it, so registration waits until `transformers.pipeline` is used.
"""

import importlib
import importlib.abc
import importlib.util
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from hf_sentiment.errors import SentimentError

PIPELINES = "transformers.pipelines"


def register_with_pipelines() -> None:
    """Register the task now if transformers' pipelines are already imported, otherwise as soon as they are."""
    if PIPELINES in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _Watch())


def _register() -> None:
    # Import it by name: this module is in the lowest layer, and the task is in a higher one.
    try:
        importlib.import_module("hf_sentiment.inference.task")
    except SentimentError as error:
        # Whoever imports transformers' pipelines may want another task.
        warnings.warn(str(error), stacklevel=2)


class _Watch(importlib.abc.MetaPathFinder):
    """Finds no module itself; registers the task after the regular import of transformers' pipelines."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of transformers' pipelines, with a loader that registers the task afterwards."""
        if fullname != PIPELINES:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module: ModuleType) -> None:
                run(module)
                _register()

            # This changes only this spec's loader: every other module has its own.
            spec.loader.exec_module = run_and_register  # type: ignore[method-assign] # the hook itself
        return spec
