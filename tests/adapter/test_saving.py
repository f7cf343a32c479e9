import json
import warnings

from peft import PeftConfig

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, DEFAULT_FOLDER


def test_peft_reads_a_config_without_keys_that_it_may_not_know(binary_adapter):
    """PEFT 0.18, with which `make test-lowest` runs this, warns of each key that a later version writes."""
    for folder in (binary_adapter, DEFAULT_FOLDER, DEFAULT_FOLDER.with_name("accurate")):
        content = json.loads((folder / ADAPTER_CONFIG).read_text())
        assert content["r"] and None not in content.values()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert PeftConfig.from_pretrained(str(folder)).target_modules
