"""How long a visitor of the app waits, measured in headless Chromium from the click to the answer on the page.

    python scripts/benchmark_app.py [--adapter ADAPTER] [--reviews 30] [--rows 50000]

With --rows, it also uploads and scores a file of that many demo reviews, which takes minutes. It needs chromium and
the extras app and dev.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import cycle, islice
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, sync_playwright

from hf_sentiment.reviews.sources import DEMO_FILE

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
# Measured in the page itself, from the key press to the next frame with a new answer, so without our own round trips.
WATCH = """() => {
  const drawn = () => document.querySelector(".verdict")?.innerText ?? "";
  window.before = drawn();
  window.waited = new Promise(done => {
    let start;
    const look = () => {
      const now = drawn();
      if (now && now !== window.before) requestAnimationFrame(() => done(performance.now() - start));
      else requestAnimationFrame(look);
    };
    const pressed = event => {
      if (event.key !== "Enter") return;
      document.removeEventListener("keydown", pressed, true);
      start = performance.now();
      look();
    };
    document.addEventListener("keydown", pressed, true);
  });
}"""
PATIENCE = 60_000


def main() -> None:
    """Start the app, use it like a visitor, and print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapter", default="default")
    parser.add_argument("--reviews", type=int, default=30, help="number of demo reviews to type one after another")
    parser.add_argument("--rows", type=int, default=0, help="rows of a file to upload (default: no file)")
    options = parser.parse_args()
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "hf_sentiment.cli", "app", "--port", str(port), "--adapter", options.adapter]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server, sync_playwright() as playwright:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            print(f"server up, adapter loaded   {time.perf_counter() - started:7.2f} s")
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            visit(page, port, options)
            browser.close()
        finally:
            server.terminate()


def visit(page: Page, port: int, options: argparse.Namespace) -> None:
    """Do what one visitor does, and time it."""
    started = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}")
    page.get_by_label("Review", exact=True).wait_for()
    print(f"page up                     {time.perf_counter() - started:7.2f} s")
    table = pd.read_csv(DEMO_FILE)
    texts = table["text"].sample(options.reviews, random_state=0).tolist()
    waits = [answer_time(page, text) for text in texts]
    print(f"first answer                {waits[0] / 1000:7.2f} s")
    later = sorted(waits[1:])
    slow = later[int(0.95 * (len(later) - 1))]
    print(f"later answers               {statistics.median(later):7.0f} ms median, {slow:.0f} ms 95th percentile")
    if options.rows:
        upload(page, table, options.rows)


def answer_time(page: Page, text: str) -> float:
    """Milliseconds from Ctrl+Enter to the answer."""
    field = page.get_by_label("Review", exact=True)
    field.fill(text)
    page.evaluate(WATCH)
    field.press("Control+Enter")
    waited = page.evaluate("window.waited")
    # The words are marked after the answer; wait until that is done before the next review.
    page.locator('[data-testid="stStatusWidget"], [data-testid="stSpinner"]').first.wait_for(state="detached")
    page.wait_for_timeout(300)
    return waited


def upload(page: Page, table: pd.DataFrame, rows: int) -> None:
    """Score a file of `rows` rows on the page; then filter its table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.csv"
        table.iloc[list(islice(cycle(range(len(table))), rows))].to_csv(path, index=False)
        page.get_by_role("link", name="Many").click()
        page.get_by_text("Upload a file", exact=True).click()
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name=f"Classify {rows:,} reviews").click()
        started = time.perf_counter()
        page.get_by_role("button", name=f"Download all {rows:,} as CSV").wait_for(timeout=0)
        seconds = time.perf_counter() - started
        print(f"{rows:,} rows scored and shown {seconds:7.1f} s, {rows / seconds:.0f} per second")
        page.get_by_label("Containing").fill("kettle")
        started = time.perf_counter()
        page.get_by_label("Containing").press("Enter")
        page.get_by_text(f"of {rows:,} reviews").filter(has_not_text=f"{rows:,} of").wait_for()
        print(f"table filtered              {1000 * (time.perf_counter() - started):7.0f} ms")


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen) -> None:
    """Return when the server answers."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"The app ended with status {server.returncode}.")


if __name__ == "__main__":
    main()
