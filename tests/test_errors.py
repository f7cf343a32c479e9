import pytest

from hf_sentiment.errors import SentimentError, first_line, require


@pytest.mark.parametrize(
    "package", ["no_such_package", "no_such_package.within.another", "hf_sentiment.no_such_module"]
)
def test_a_missing_package_is_named_with_its_extra(package):
    with pytest.raises(
        SentimentError,
        match=rf'Tracing needs the package {package}: pip install "\.\[extra\]" in a clone of hf_sentiment\.',
    ):
        require(package, "extra", "Tracing")
    require("hf_sentiment.errors", "extra", "Tracing")


def test_the_message_of_another_error_ends_after_a_word():
    assert first_line(ValueError("short\nand long")) == "short"
    quoted = first_line(ValueError("a word " * 100))
    assert len(quoted) <= 200 and quoted.endswith("word ...")
    assert first_line(KeyError()) == "KeyError"
