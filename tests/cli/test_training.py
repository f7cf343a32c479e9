import pytest

from hf_sentiment.cli import main


@pytest.mark.parametrize("command", ["train", "search"])
def test_help_says_each_default_once(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "(default: None)" not in text
    assert "rank of the LoRA updates (default: the recipe's) --" in text
    assert "license of the adapter, written to its card (default: apache-2.0) --" in text
