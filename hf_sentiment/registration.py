"""Register the task with transformers when, and not before, its pipelines are imported.

`transformers.pipelines` takes seconds to import, most of this package's start. `import hf_sentiment` promises the task,
but has no need of the pipelines itself: it waits for whoever calls `transformers.pipeline`.
"""

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

PIPELINES = "transformers.pipelines"


def register_with_pipelines() -> None:
    """Register the task now, where transformers' pipelines are imported already, or as soon as they are."""
    if PIPELINES in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _Watch())


def _register() -> None:
    # By its name: this module lies at the bottom of the house, and the task at the top.
    importlib.import_module("hf_sentiment.inference.task")


class _Watch(importlib.abc.MetaPathFinder):
    """Finds nothing itself; has the task registered after the ordinary import of transformers' pipelines."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of transformers' pipelines, changed so that the task is registered after them."""
        if fullname != PIPELINES:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module: ModuleType) -> None:
                run(module)
                _register()

            # Of this one spec's loader: other modules have loaders of their own.
            spec.loader.exec_module = run_and_register  # type: ignore[method-assign] # the hook itself
        return spec
