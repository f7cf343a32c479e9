"""The adapters in memory: as many as allowed, and no more."""

import subprocess
import sys

import pytest
from altered import change_config
from hub_adapter import contents
from peak_memory import needs_linux
from tiny import save_tiny_base

from hf_sentiment.adapter.folder import copy_adapter
from hf_sentiment.streamlit_app.loaded import MOST_LOADED

COUNT = 50
# Chooses one adapter after another on the page, in one session, and prints the memory of the process after each.
CHOOSE = """
import os, sys
from pathlib import Path
from streamlit.testing.v1 import AppTest

folders = sorted(map(str, Path(sys.argv[1]).iterdir()))
sys.argv[1:] = ["--choose", "all"]
page = AppTest.from_string("from hf_sentiment.streamlit_app import page_model\\npage_model.show()").run(timeout=60)
for folder in folders:
    page.text_input(key="adapter").set_value(folder)
    next(button for button in page.button if button.label == "Use this adapter").click().run(timeout=60)
    assert not page.exception and not page.error, (page.exception, page.error)
    assert folder in page.text[0].value
    print(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
"""


@needs_linux
@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_adapters_loaded_in_turn(train_tiny, hub, tmp_path):
    base = save_tiny_base(tmp_path / "base", hidden_size=256, intermediate_size=1024, num_hidden_layers=4)
    hub.add_commit("user/wide", contents(base))
    trained = train_tiny(base_model="user/wide", rows=60, epochs=1).output_dir
    for number in range(COUNT):
        copy_adapter(trained, tmp_path / "adapters" / f"{number:02}")
        # No two have the same digest.
        change_config(tmp_path / "adapters" / f"{number:02}", temperature=1 + number / 100)
    command = [sys.executable, "-c", CHOOSE, str(tmp_path / "adapters")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    used = [int(line) for line in done.stdout.split()]
    assert len(used) == COUNT
    size = (base / "model.safetensors").stat().st_size
    # Measured: less than 1 adapter's worth, give or take 2; 9 while evicted ones waited for Python's collector.
    assert max(used[2 * MOST_LOADED :]) - max(used[: 2 * MOST_LOADED]) < 4 * size
