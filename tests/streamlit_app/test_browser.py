"""The app in headless Chromium: what a visitor does, on a phone and on a wide screen."""

import re

import pandas as pd
import pytest
from accessibility import faults
from app_server import PATIENCE, chromium, needs_chromium, open_page, serving
from playwright.sync_api import Page, expect
from tiny import tiny_reviews, write_csv

from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions

pytestmark = [pytest.mark.slow, needs_chromium]
SIZES = {"phone": {"width": 390, "height": 844}, "wide": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def app():
    """The address of a running app."""
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=PATIENCE)
    with chromium() as started:
        yield started


@pytest.fixture(params=SIZES)
def page(request, browser, app):
    """The first page, in a window of one size; it sends requests only to the app."""
    context = browser.new_context(viewport=SIZES[request.param], base_url=app, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    asked, errors = [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto("/")
    expect(opened.get_by_role("heading", name="Classify a review")).to_be_visible()
    yield opened
    assert not errors
    assert [url for url in asked if not url.startswith((app, "data:", "blob:"))] == []
    context.close()


def type_review(page: Page, text: str) -> None:
    page.get_by_label("Review", exact=True).fill(text)
    page.get_by_label("Review", exact=True).press("Control+Enter")


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_reviews_are_typed_and_answered(page):
    type_review(page, "great lovely thing, I love it")
    expect(page.locator(".verdict .label")).to_contain_text("Positive")
    page.get_by_label("Review", exact=True).fill("terrible, it broke, a waste of money")
    page.get_by_role("button", name="Classify", exact=True).click()
    expect(page.locator(".verdict .label")).to_contain_text("Negative")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("the answer appears here")).to_be_visible()
    page.get_by_role("button", name="Amazing").click()
    expect(page.get_by_label("Review", exact=True)).to_have_value("Absolutely amazing! Will buy again.")
    expect(page.locator(".verdict .label")).to_contain_text("Positive")
    assert fits(page)


def test_what_a_visitor_types_is_still_there_on_the_way_back(page):
    type_review(page, "great lovely thing")
    expect(page.locator(".verdict")).to_be_visible()
    open_page(page, "The model")
    expect(page.get_by_role("heading", name="Facts")).to_be_visible()
    open_page(page, "One review")
    expect(page.get_by_label("Review", exact=True)).to_have_value("great lovely thing")
    expect(page.locator(".verdict")).to_be_visible()


def test_html_is_text_and_emoji_are_a_review(page):
    page.evaluate("window.harmed = false")
    type_review(page, "<script>window.harmed = true</script><img src=x onerror='window.harmed = true'> great")
    expect(page.locator(".verdict .label")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate("window.harmed") is False and page.locator("img[src=x]").count() == 0
    first = page.locator(".verdict .ends").inner_text()
    type_review(page, "😍😍😍")
    expect(page.locator(".verdict .ends")).not_to_have_text(first)
    expect(page.locator(".verdict .label")).to_be_visible()


def test_the_keyboard_is_enough(page):
    page.get_by_label("Title, if there is one").focus()
    page.keyboard.type("Awful")
    page.keyboard.press("Tab")
    # The title alone is answered; while that is drawn, the focus may skip elements that do not exist yet.
    expect(page.locator(".verdict .label")).to_be_visible()
    page.get_by_label("Review", exact=True).focus()
    page.keyboard.type("terrible, it broke at once")
    button = page.get_by_role("button", name="Classify", exact=True)
    for _ in range(4):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict .label")).to_contain_text("Negative")


def test_a_file_is_uploaded_and_its_result_downloaded(page, tmp_path):
    rows = tiny_reviews(60, seed=9)
    rows[3]["text"] = ""
    source = write_csv(tmp_path / "mine.csv", rows)
    open_page(page, "Many")
    page.get_by_text("Upload a file", exact=True).click()
    page.locator("input[type=file]").set_input_files(source)
    page.get_by_role("button", name="Classify 60 reviews").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    expect(page.get_by_text("Rows that could not be classified: 1")).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download all 59 as CSV").click()
    waited.value.save_as(tmp_path / "scored.csv")
    scored = pd.read_csv(tmp_path / "scored.csv")
    assert list(scored["text"]) == [row["text"] for row in rows if row["text"]]
    # The file had a column of that name, with the true labels.
    right = (scored["label"] == scored["input_label"]).mean()
    assert {"score", "score_Negative", "score_Positive"} <= set(scored.columns) and right > 0.8
    assert fits(page)


def test_a_run_can_be_stopped(page):
    open_page(page, "Many")
    page.get_by_text("Upload a file", exact=True).click()
    lines = "".join(f"{number},a great and lovely thing\n" for number in range(20_000))
    file = {"name": "long.csv", "mimeType": "text/csv", "buffer": f"number,text\n{lines}".encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Classify 20,000 reviews").click()
    expect(page.get_by_text(re.compile("of 20,000, about"))).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("heading", name="Results")).to_have_count(0)


def test_lines_are_pasted(page):
    open_page(page, "Many")
    page.get_by_label("One review per line").fill("great lovely thing\n\n<b>terrible</b>, it broke")
    page.get_by_label("One review per line").press("Control+Enter")
    page.get_by_role("button", name="Classify 2 reviews").click()
    expect(page.locator(".verdict .rows")).to_contain_text(re.compile(r"Negative\s*1 \(50.0 %\)\s*.*Positive\s*1"))
    assert fits(page)


def test_an_example_is_there_before_one_types(page):
    open_page(page, "Many")
    expect(page.get_by_role("button", name="Classify", exact=True)).to_be_visible()
    page.get_by_role("button", name="Take an example").click()
    expect(page.get_by_label("One review per line")).to_have_value(re.compile("I loved this product!"))
    page.get_by_role("button", name="Classify 10 reviews").click()
    expect(page.get_by_role("button", name="Download all 10 as CSV")).to_be_visible()
    assert fits(page)


def test_the_button_takes_what_was_typed_last(page):
    open_page(page, "Many")
    page.get_by_label("One review per line").fill("great lovely thing\nterrible, it broke")
    page.get_by_role("button", name="Classify", exact=True).click()
    expect(page.get_by_role("button", name="Download all 2 as CSV")).to_be_visible()


def test_the_adapter_is_switched(page, three_class_adapter):
    open_page(page, "The model")
    page.get_by_role("tab", name="Choose another").click()
    page.get_by_label("Adapter: a Hub id or a folder").fill("no/such")
    page.get_by_role("button", name="Use this adapter").click()
    expect(page.get_by_text("There is no adapter 'no/such'").first).to_be_visible()
    page.get_by_label("Adapter: a Hub id or a folder").fill(str(three_class_adapter))
    page.get_by_role("button", name="Use this adapter").click()
    expect(page.get_by_text("You are looking at")).to_contain_text(str(three_class_adapter))
    open_page(page, "One review")
    type_review(page, "okay average plain")
    expect(page.locator(".verdict .rows")).to_contain_text("Neutral")
    assert fits(page)


def test_nothing_on_the_page_of_the_model_is_cut(page):
    open_page(page, "The model")
    expect(page.get_by_role("heading", name="Pictures")).to_be_visible()
    tops = page.locator(".st-key-pages a").evaluate_all("found => found.map(each => each.getBoundingClientRect().top)")
    assert len(tops) == 5 and len(set(tops)) == 1, "the pages stand on one line"
    right = page.locator(".wide tbody :is(th, td):visible").evaluate_all(
        "found => found.map(each => [each.getBoundingClientRect().right, each.scrollWidth - each.clientWidth])"
    )
    assert len(right) > 100 and all(end <= page.viewport_size["width"] and over <= 0 for end, over in right)
    assert fits(page)


def test_two_adapters_are_compared_and_the_result_downloaded(page, three_class_adapter, tmp_path):
    rows = tiny_reviews(30, labels=("Negative", "Neutral", "Positive"), seed=9)
    source = write_csv(tmp_path / "mine.csv", rows)
    open_page(page, "Compare")
    page.get_by_label("Second adapter: a Hub id or a folder").fill(str(three_class_adapter))
    page.get_by_label("Second adapter: a Hub id or a folder").press("Enter")
    page.get_by_text("Upload a file", exact=True).click()
    page.locator("input[type=file]").set_input_files(source)
    page.get_by_role("button", name="Compare on 30 reviews").click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download all 30 as CSV").click()
    waited.value.save_as(tmp_path / "compared.csv")
    table = pd.read_csv(tmp_path / "compared.csv")
    differs = (table["first_label"] != table["second_label"]).tolist()
    assert table["differs"].tolist() == differs == sorted(differs, reverse=True)
    assert {row["text"] for row in rows} == set(table["text"]) and "Neutral" in set(table["second_label"])
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{sum(differs)} of 30")
    assert fits(page)


def test_reviews_are_labelled_with_one_key_each(page, tmp_path):
    rows = tiny_reviews(20, seed=11)
    truth = {row["text"]: row.pop("label") for row in rows}
    source = write_csv(tmp_path / "mine.csv", rows)
    open_page(page, "Label")
    page.get_by_text("Upload a file", exact=True).click()
    page.locator("input[type=file]").set_input_files(source)
    page.get_by_role("button", name="Choose from 20 reviews").click()
    keys = {"Negative": "1", "Positive": "2"}
    labelled = []
    for place in range(20):
        expect(page.get_by_text(f"{place} of 20 reviews")).to_be_visible()
        # The last button of this review: a key does nothing before it is there.
        expect(page.locator(f".st-key-undo-{place}")).to_be_visible()
        text = page.locator(".to-label").inner_text()
        if place == 5:
            # A slip, and back.
            page.keyboard.press("1" if truth[text] == "Positive" else "2")
            expect(page.get_by_text("6 of 20 reviews")).to_be_visible()
            expect(page.locator(".st-key-undo-6")).to_be_visible()
            page.keyboard.press("u")
            expect(page.get_by_text("5 of 20 reviews")).to_be_visible()
            expect(page.locator(".st-key-undo-5")).to_be_visible()
            assert page.locator(".to-label").inner_text() == text
        if place == 7:
            page.keyboard.press("s")
        else:
            page.keyboard.press(keys[truth[text]])
            labelled.append(text)
    expect(page.get_by_text("All of them are done")).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download 19 reviews as CSV").click()
    waited.value.save_as(tmp_path / "labelled.csv")
    reviews = load_reviews(DataOptions(str(tmp_path / "labelled.csv"), validation_size=4, test_size=4))
    read = {}
    for split in (reviews.train, reviews.validation, reviews.test):
        read |= {text: reviews.labels[label] for text, label in zip(split["text"], split["label"], strict=True)}
    assert read == {text: truth[text] for text in labelled}
    assert fits(page)


def test_a_shared_link_brings_the_review_to_another_visitor(page, browser):
    type_review(page, "great lovely & <b>thing</b>, 100 % #1?")
    expect(page.locator(".verdict .label")).to_contain_text("Positive")
    page.get_by_text("Share", exact=True).click()
    page.get_by_text("With the review").click()
    link = page.get_by_test_id("stCode").filter(has_text="text=").inner_text().strip()
    context = browser.new_context(viewport=SIZES["wide"])
    other = context.new_page()
    other.goto(link)
    expect(other.get_by_label("Review", exact=True)).to_have_value("great lovely & <b>thing</b>, 100 % #1?")
    expect(other.locator(".verdict .label")).to_contain_text("Positive")
    assert "text=" not in other.url
    context.close()


def test_the_history_is_this_visits_own(page, browser, app):
    for text in ("great lovely thing", "terrible, it broke"):
        type_review(page, text)
        expect(page.locator(".words")).to_contain_text(text)
    page.get_by_text("This visit: 2").click()
    page.get_by_role("button", name="great lovely thing").click()
    expect(page.get_by_label("Review", exact=True)).to_have_value("great lovely thing")
    context = browser.new_context(base_url=app)
    other = context.new_page()
    other.goto("/")
    expect(other.get_by_text("the answer appears here")).to_be_visible()
    expect(other.get_by_text("This visit")).to_have_count(0)
    context.close()
    assert fits(page)


def test_visitors_do_not_see_each_others_reviews(page, browser, app):
    open_page(page, "Many")
    page.get_by_text("Upload a file", exact=True).click()
    file = {"name": "secret.csv", "mimeType": "text/csv", "buffer": b"text\nmy secret review\n"}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Classify 1 review").click()
    expect(page.get_by_text("secret.csv, scored by")).to_be_visible()
    context = browser.new_context(base_url=app)
    other = context.new_page()
    other.goto("/many")
    expect(other.get_by_label("One review per line")).to_have_value("")
    other.get_by_text("Upload a file", exact=True).click()
    expect(other.locator("input[type=file]")).to_be_attached()
    assert "secret" not in other.content()
    expect(other.get_by_role("heading", name="Results")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(browser, app, scheme, size):
    """Contrast, names, labels, roles: the rules of WCAG 2.1 A and AA, as axe-core checks them."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, base_url=app)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/")
    # On a phone, the marked words of a long review scroll.
    page.get_by_role("button", name="With a title" if size == "wide" else "A long one").click()
    expect(page.locator(".words")).to_be_visible()
    page.get_by_text("Share", exact=True).click()
    page.get_by_text("This visit: 1").click()
    _check(page)
    if size == "wide":
        page.get_by_role("button", name="Keyboard").click()
        expect(page.locator(".keys")).to_be_visible()
        _check(page)
        page.keyboard.press("Escape")
    open_page(page, "Many")
    _check(page)
    page.get_by_role("button", name="Take an example").click()
    page.get_by_role("button", name="Classify 10 reviews").click()
    expect(page.get_by_role("button", name="Download all 10 as CSV")).to_be_visible()
    _check(page)
    open_page(page, "Compare")
    page.get_by_label("Second adapter: a Hub id or a folder").fill("default")
    page.get_by_label("Second adapter: a Hub id or a folder").press("Enter")
    page.get_by_role("button", name="Compare on 10 reviews").click()
    expect(page.get_by_role("button", name="Download all 10 as CSV")).to_be_visible()
    page.get_by_text("Pairs of labels").click()
    _check(page)
    open_page(page, "Label")
    _check(page)
    page.get_by_role("button", name="Choose from 10 reviews").click()
    page.get_by_role("button", name="Negative").click()
    expect(page.get_by_text("1 of 10 reviews")).to_be_visible()
    _check(page)
    open_page(page, "The model")
    expect(page.get_by_role("heading", name="Pictures")).to_be_visible()
    page.get_by_text("The whole model card").click()
    _check(page)
    page.get_by_role("tab", name="Choose another").click()
    _check(page)
    context.close()


def _check(page: Page) -> None:
    # Fading in, an element has no contrast yet.
    page.wait_for_timeout(1500)
    assert faults(page) == ""
