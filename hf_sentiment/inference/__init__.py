"""The doors of Python: the transformers pipeline, several adapters on one base, and `load`."""

# First of all: this runs the hook that registers the task, whichever module of this folder is asked for.
import transformers.pipelines  # noqa: F401
