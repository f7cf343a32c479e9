"""The Python API: the transformers pipeline, several adapters on one base, and `load`."""

# Must come first: it runs the hook that registers the task, whichever module of this folder is imported.
import transformers.pipelines  # noqa: F401
