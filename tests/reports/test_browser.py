"""report.html in headless Chromium: accessible, whole on a phone, and with a slider that counts right."""

import json

import numpy as np
import pytest
from accessibility import faults
from app_server import PATIENCE, chromium, needs_chromium
from playwright.sync_api import expect
from reports import demo_report

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.reports.html import write_html

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def reports(binary_adapter, tmp_path_factory):
    """The addresses of two pages: one of an evaluation, and one of a run with ten labels, without texts."""
    rng = np.random.default_rng(0)
    labels = [f"a long label {number}" for number in range(10)]
    truth = rng.integers(0, 10, 400)
    logits = rng.normal(size=(400, 10)) + 2 * np.eye(10)[truth]
    curve = json.loads((binary_adapter / "evaluation" / "report.json").read_text())["learning_curve"]
    where = {"dataset": "d", "split": "test", "adapter": "a", "learning_curve": curve}
    many = make_report(logits, truth.tolist(), SentimentConfig(labels), **where).to_dict()
    found = []
    for report in (demo_report(), many):
        folder = tmp_path_factory.mktemp("report")
        write_html(report, folder)
        found.append((folder / "report.html").as_uri())
    return found


@pytest.fixture
def opened(browser):
    """A function that opens an address in a window of some width and colour scheme; nothing may go wrong in it."""
    contexts, errors, asked = [], [], []

    def open_(address, width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors and all(url.startswith("file:") and url.endswith("/report.html") for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_wrong(reports, opened, width, scheme):
    """Contrast, names, labels, roles: the rules of WCAG 2.1 A and AA, as axe-core checks them, and its advice."""
    for address in reports:
        page = opened(address, width, scheme)
        assert faults(page, "best-practice") == ""


def test_nothing_is_cut_on_a_phone(reports, opened):
    for address in reports:
        page = opened(address, 390)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        # What is wider than the window scrolls, can be reached with the keyboard, and says so.
        cut = page.evaluate(
            "[...document.querySelectorAll('main *:not(svg *)')].filter(e => e.getBoundingClientRect().right > 391)"
            ".filter(e => !e.closest('[tabindex=\"0\"]')).map(e => e.outerHTML.slice(0, 100))"
        )
        assert cut == []
        expect(page.get_by_text("Scroll sideways to see all columns.")).to_have_count(int(address == reports[1]))


def test_the_page_follows_the_colour_scheme(reports, opened):
    colours = []
    for scheme in ("light", "dark"):
        page = opened(reports[0], scheme=scheme)
        text = page.locator("figure svg text").first
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        colours.append([text.evaluate("e => getComputedStyle(e).fill"), background])
    assert colours == [["rgb(31, 41, 55)", "rgb(255, 255, 255)"], ["rgb(229, 233, 240)", "rgb(20, 24, 31)"]]


def test_the_slider_shows_the_numbers_at_its_threshold(reports, opened):
    report, page = demo_report(), opened(reports[0])
    slider, rows = page.get_by_label("Threshold"), page.locator("#at-threshold tbody tr")
    counts = report["by_threshold"]
    # At the lowest threshold, the numbers are the report's own.
    for place, label in enumerate(report["labels"]):
        own = report["per_class"][label]
        told = [f"{100 * own[name]:.1f} %" for name in ("precision", "recall", "f1")]
        assert rows.nth(place).locator("td").all_inner_texts()[:3] == told
    expect(page.locator("#decided")).to_have_text("100.0 %")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#threshold-value")).to_have_text("0.80")
    expect(page.locator("#decided")).to_have_text(f"{100 * counts['decided'][30] / 180:.1f} %")
    for place, numbers in enumerate(counts["labels"].values()):
        gave, right = numbers["gave"][30], numbers["right"][30]
        assert 0 < right < gave < numbers["rows"]
        told = [f"{100 * right / gave:.1f} %", f"{100 * right / numbers['rows']:.1f} %"]
        told += [f"{200 * right / (gave + numbers['rows']):.1f} %", str(gave)]
        assert rows.nth(place).locator("td").all_inner_texts() == told


def test_without_scripts_the_page_lacks_the_slider_alone(reports, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports[0])
    expect(page.get_by_role("heading", name="Choose a threshold")).to_have_count(0)
    expect(page.get_by_role("heading", name="Curves")).to_be_visible()
    context.close()
