"""Labels, names, columns, reviews and cards full of Markdown and HTML, in headless Chromium: text, and nothing else."""

import http.server
import json
import random
import shutil
import threading
from contextlib import contextmanager

import pytest
from altered import change_config
from app_server import PATIENCE, chromium, needs_chromium, open_page, serving
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, needs_chromium]

# Rendered by Streamlit itself: each text through `plain`, by each of the three ways in which it draws Markdown.
PLAIN_PAGE = """
import json, sys
import streamlit as st
from hf_sentiment.streamlit_app.plain import plain

for number, text in enumerate(json.loads({texts!r})):
    with st.container(key=f"text-{{number}}"):
        if number % 3 == 0:
            st.error(plain(text))
        elif number % 3 == 1:
            st.caption(plain(text))
        else:
            st.button(plain(text), key=f"button-{{number}}")
st.text("all drawn")
"""
PIECES = [
    *("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ab1\n"),
    *("http://x.ab", "https://", "www.", "WWW.a.bc", "a@b.cd", "mailto:", "<http://a.bc>", "//"),
    *(":material/home:", ":streamlit:", ":smile:", ":+1:", ":red[a]", "->", "<-", " -- ", " <-> ", ">=", "~=", "::"),
    *("![x](http://127.0.0.1:9/p.png)", "[a](http://b.cd)", "[a]: http://b.cd\n", "[^1]", "[^1]: x\n"),
    *("<b>", "&amp;", "$x$", "$$", "```mermaid\n", "1. ", "- ", "# ", "> ", "|a|b|\n|-|-|\n", "---\n", "\u00a0"),
]
# What holds a text once it is drawn.
DRAWN = ":is([data-testid=stMarkdownContainer], [data-testid=stCaptionContainer])"
READ = """drawnText => Object.fromEntries([...document.querySelectorAll('[class*=st-key-text-]')].map(place => {
    const name = [...place.classList].find(each => each.startsWith('st-key-text-')).slice('st-key-text-'.length);
    const drawn = place.querySelector(drawnText);
    return [name, [drawn.textContent, [...drawn.querySelectorAll('*')].map(each => each.tagName).join()]];
}))"""
ZERO_WIDTH = "\u200b"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def test_streamlit_draws_plain_text_as_it_is(browser, tmp_path):
    draw = random.Random(1)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(1, 12))) for _ in range(300)] + PIECES
    texts = [text for text in texts if text.strip()]
    (tmp_path / "page.py").write_text(PLAIN_PAGE.format(texts=json.dumps(texts)))
    options = ["--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"]
    with serving("-m", "streamlit", "run", tmp_path / "page.py", *options) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.get_by_text("all drawn")).to_be_visible(timeout=PATIENCE)
        # Streamlit fetches its code for emoji and formulas when it draws the first, and draws that text afterwards.
        page.wait_for_load_state("networkidle")
        expect(page.locator(f"[class*=st-key-text-]:has({DRAWN})")).to_have_count(len(texts), timeout=PATIENCE)
        drawn = page.evaluate(READ, DRAWN)
        page.close()
    assert len(drawn) == len(texts)
    for number, text in enumerate(texts):
        read, tags = drawn[str(number)]
        assert read.replace(ZERO_WIDTH, "") == " ".join(text.split()) and tags in ("", "P"), text


@contextmanager
def listening():
    """The address of a server, and the paths that were requested from it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def hostile(kind, address):
    """Words that would load a picture in Markdown and in HTML, and forge a link."""
    picture = f"{address}/{kind}.png"
    return f"{kind} ![x]({picture}) <img src={picture}> [log in again]({address}/{kind}) {address}/{kind} :red[x]"


@pytest.fixture
def hostile_adapter(binary_adapter, tmp_path):
    """A function that writes an adapter whose labels, report, card and pictures' names are hostile."""

    def write(address):
        # The name of the folder is shown too.
        folder = shutil.copytree(binary_adapter, tmp_path / "[log in again](http:evil) www.evil.test")
        labels = [hostile("First", address), hostile("Second", address)]
        change_config(folder, labels=labels)
        path = folder / "evaluation" / "report.json"
        report = json.loads(path.read_text())
        report["per_class"] = dict(zip(labels, report["per_class"].values(), strict=True))
        report |= {"dataset": hostile("Dataset", address), "split": hostile("Split", address)}
        report["baseline"] = {hostile("Baseline", address): {"accuracy": 0.5, "macro_f1": 0.5}}
        path.write_text(json.dumps(report))
        (folder / "evaluation" / "www.evil.test [log in again](http:evil).png").write_bytes(
            next((folder / "evaluation").glob("*.png")).read_bytes()
        )
        (folder / "README.md").write_text(f"# {hostile('Card', address)}\n\n```mermaid\nflowchart\na[b]\n```\n")
        return folder, labels

    return write


def harmless(page, address, asked, app):
    """Whether a page has no link or picture that leads elsewhere, and nothing was requested from there."""
    page.wait_for_timeout(1000)
    links = page.locator("a[href]").evaluate_all("found => found.map(each => each.href)")
    pictures = page.locator("img").evaluate_all("found => found.map(each => each.src)")
    assert [link for link in links if not link.startswith(f"{app}/")] == []
    assert [picture for picture in pictures if not picture.startswith((f"{app}/", "data:"))] == []
    assert "[log in again]" in page.locator("body").inner_text().replace(ZERO_WIDTH, ""), "it is shown as text"
    assert asked == []


def test_nothing_that_an_adapter_or_a_file_says_is_more_than_text(browser, hostile_adapter, tmp_path):
    with listening() as (address, asked):
        folder, labels = hostile_adapter(address)
        with serving("--adapter", folder, "--sarcasm", folder) as app:
            page = browser.new_page(base_url=app)
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            page.goto("/")
            page.get_by_label("Title, if there is one").fill(hostile("Title", address))
            page.get_by_label("Review", exact=True).fill(hostile("Review", address))
            page.get_by_role("button", name="Classify", exact=True).click()
            expect(page.locator(".verdict .label")).to_contain_text("log in again")
            expect(page.get_by_text("On sarcasm")).to_contain_text("log in again")
            expect(page.locator(".words")).to_contain_text(hostile("Review", address))
            harmless(page, address, asked, app)

            open_page(page, "Many")
            page.get_by_text("Upload a file", exact=True).click()
            head = f'"{hostile("Column", address)}";"text"\n'
            name = f"[log in again]({address.replace('/', ':')}) www.evil.test.csv"
            rows = head + f'1;"{hostile("Row", address)}"\n2;"great"\n3;""\n'
            upload(page, name, rows)
            page.get_by_role("button", name="Classify 3 reviews").click()
            expect(page.get_by_text("Rows that could not be classified: 1")).to_be_visible()
            expect(page.get_by_test_id("stButtonGroup").last).to_contain_text("log in again")
            show_tooltip(page)
            harmless(page, address, asked, app)
            upload(page, name.replace("test", "test2"), "text\n")
            expect(page.get_by_test_id("stAlert")).to_contain_text("log in again")
            harmless(page, address, asked, app)

            open_page(page, "Compare")
            page.get_by_label("Second adapter: a Hub id or a folder").fill(str(folder))
            page.get_by_label("Second adapter: a Hub id or a folder").press("Enter")
            page.get_by_text("Upload a file", exact=True).click()
            upload(page, name, rows)
            page.get_by_role("button", name="Compare on 3 reviews").click()
            expect(page.get_by_test_id("stMetricValue").first).to_have_text("0 of 2")
            page.get_by_text("Pairs of labels").click()
            expect(page.get_by_test_id("stTable")).to_contain_text("log in again")
            harmless(page, address, asked, app)

            open_page(page, "Label")
            page.get_by_text("Upload a file", exact=True).click()
            upload(page, name, head + f'1;"{hostile("Row", address)}"\n')
            page.get_by_label("Labels, 2 to 9").fill(f"Good, [log in again]({address})")
            page.get_by_role("button", name="Choose from 1 review").click()
            expect(page.locator(".to-label")).to_contain_text(hostile("Row", address))
            page.get_by_text("Show the adapter's answer").click()
            harmless(page, address, asked, app)

            open_page(page, "The model")
            expect(page.get_by_role("heading", name="Pictures")).to_be_visible()
            page.get_by_text("The whole model card").click()
            expect(page.locator(".card h1")).to_contain_text(f"log in again ({address}/Card)")
            harmless(page, address, asked, app)
            page.get_by_role("tab", name="Choose another").click()
            page.get_by_label("Adapter: a Hub id or a folder").fill(hostile("Adapter", address))
            page.get_by_role("button", name="Use this adapter").click()
            expect(page.get_by_test_id("stAlert")).to_contain_text("log in again")
            harmless(page, address, asked, app)
            page.close()


def show_tooltip(page):
    """Move the mouse over the chart's bars until a tooltip opens; it has the label's name."""
    chart = page.get_by_test_id("stVegaLiteChart").locator("svg.marks")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * step / 40, box["y"] + box["height"] / 2)
        if page.locator("#vg-tooltip-element.visible").count():
            break
    expect(page.locator("#vg-tooltip-element")).to_contain_text("log in again")


def upload(page, name, content):
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("input[type=file]").set_input_files(file)
