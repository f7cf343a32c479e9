import subprocess
import sys

import pytest

# What each module may import; reviews is the lowest layer of the package.
MODULES = {
    "hf_sentiment.reviews.review": {"review"},
    "hf_sentiment.reviews.labels": {"labels"},
    "hf_sentiment.reviews.options": {"options", "columns", "labels"},
    "hf_sentiment.reviews.fingerprints": {"fingerprints"},
    "hf_sentiment.reviews.sources": {
        "sources",
        "row_files",
        "row_files.compression",
        "row_files.conversion",
        "row_files.formats",
    },
}
SCRIPT = """
import sys
import hf_sentiment
before = set(sys.modules)
__import__(sys.argv[1])
print(*sorted(set(sys.modules) - before))
"""


def imported_by(module):
    done = subprocess.run([sys.executable, "-c", SCRIPT, module], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", MODULES)
def test_light_modules_import_the_standard_library_and_each_other(module):
    names = imported_by(module)
    ours = {name.removeprefix("hf_sentiment.reviews.") for name in names if name.startswith("hf_sentiment.reviews.")}
    assert ours == MODULES[module]
    others = {name.partition(".")[0] for name in names} - {"hf_sentiment"}
    assert others <= sys.stdlib_module_names


def test_row_files_import_neither_datasets_nor_pandas():
    names = imported_by("hf_sentiment.reviews.row_files.open_rows")
    assert "pyarrow" in names and not {"datasets", "pandas", "torch", "transformers"} & set(names)


def test_reviews_import_nothing_of_the_package_but_errors_and_files():
    for module in ("hf_sentiment.reviews.streaming", "hf_sentiment.reviews.row_files.open_rows"):
        ours = {name.split(".")[1] for name in imported_by(module) if name.startswith("hf_sentiment.")}
        assert ours <= {"reviews", "files", "errors", "version", "assets"}
