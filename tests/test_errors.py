import pytest

from hf_sentiment.errors import SentimentError, require


@pytest.mark.parametrize(
    "package", ["no_such_package", "no_such_package.within.another", "hf_sentiment.no_such_module"]
)
def test_a_missing_package_is_named_with_its_extra(package):
    with pytest.raises(
        SentimentError, match=rf'Tracing needs the package {package}: pip install "hf-sentiment\[extra\]"'
    ):
        require(package, "extra", "Tracing")
    require("hf_sentiment.errors", "extra", "Tracing")
