"""Register the task with transformers when, and not before, its pipelines are imported.

`transformers.pipelines` takes four seconds to import, most of this package's start. `import hf_sentiment` promises the
task, but has no need to be the one that pays: it waits for whoever calls `transformers.pipeline`.
"""

import importlib
import importlib.abc
import importlib.util
import sys

PIPELINES = "transformers.pipelines"


def register_with_pipelines() -> None:
    """Register the task now, where transformers' pipelines are imported already, or as soon as they are."""
    if PIPELINES in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _Watch())


def _register() -> None:
    # The module registers the task at its end. Where it is what imported transformers' pipelines, and is not through
    # yet, this does nothing, and it gets there itself.
    importlib.import_module("hf_sentiment.inference.pipeline")


class _Watch(importlib.abc.MetaPathFinder):
    """Finds nothing itself; has the task registered after the ordinary import of transformers' pipelines."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != PIPELINES:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module):
                run(module)
                _register()

            # Of this one spec's loader: other modules have loaders of their own.
            spec.loader.exec_module = run_and_register
        return spec
