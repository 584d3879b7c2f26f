"""The page for people, driven in headless Chromium as a person would."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunningServer, Serve
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from detector import LABELS

CHROMIUM = shutil.which("chromium")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
ARTICLE = (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
LURE = "Jetzt noch bei Nordlicht Software zugreifen?"

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; 'make browser' does so as root")


def test_both_tongues_say_the_same_things() -> None:
    words = [json.loads((ROOT / "api" / "static" / f"{tongue}.json").read_text("utf-8")) for tongue in ("de", "en")]

    def names(value: Any) -> Any:
        return {name: names(inner) for name, inner in value.items()} if isinstance(value, dict) else bool(value)

    assert names(words[0]) == names(words[1])
    assert set(words[0]["labels"]) == set(words[0]["meanings"]) == set(LABELS)


def test_the_example_is_the_bundled_one() -> None:
    example = json.loads((ROOT / "api" / "static" / "example.json").read_text("utf-8"))
    assert example == {"title": (ROOT / "examples" / "title.txt").read_text("utf-8").strip(), "text": ARTICLE}


@pytest.mark.parametrize(
    ("query", "accepted", "tongue"),
    [("", "de-AT,de;q=0.9", "de"), ("", "en", "en"), ("", "fr", "en"), ("", "", "en"), ("?lang=de", "en", "de"), ("?lang=<x>", "en", "en")],
)
def test_the_tongue_is_the_readers(client: FlaskClient, query: str, accepted: str, tongue: str) -> None:
    response = client.get(f"/{query}", headers={"Accept-Language": accepted})
    assert f'<html lang="{tongue}">' in response.text
    assert response.headers["Content-Language"] == tongue
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/docs", "/static/page.css", "/static/page.js", "/static/docs.js"])
def test_nothing_is_from_elsewhere(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        text = response.text.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in text
    assert "https://" not in text
    assert "<style" not in text
    assert " style=" not in text


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """An open page, and all that went wrong on it."""

    def __init__(self, context: BrowserContext, origin: str, path: str) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self.foreign: list[str] = []
        self.page.on(
            "request", lambda request: None if request.url.startswith(("data:", origin + "/")) else self.foreign.append(request.url)
        )
        self.page.goto(origin + path)

    def _failed(self, request: Request) -> None:
        # The page itself gives up a request when the next one is sent.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url} {request.failure}")


@pytest.fixture
def visit(browser: Browser, server: RunningServer) -> Iterator[Any]:
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_(path: str = "/?lang=en", **options: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        visits.append(Visit(contexts[-1], server.url, path))
        return visits[-1].page

    yield open_
    for context in contexts:
        context.close()
    assert not [(v.complaints, v.foreign) for v in visits if v.complaints or v.foreign]


@needs_browser
def test_the_example_is_cleaned_before_the_readers_eyes(visit: Any) -> None:
    page = visit()
    page.click("text=Use the example")
    expect(page.locator("#segments > li").first).to_be_visible()
    assert page.locator("#segments > li.promotion.is-removed").count() >= 2
    expect(page.locator("#segments")).to_contain_text(LURE)
    expect(page.locator("#cleaned")).not_to_contain_text(LURE)
    expect(page.locator("#cleaned")).to_contain_text("Nordlicht Software hat nach einem starken dritten Quartal")
    expect(page.locator("#status")).to_contain_text("Editorial text with promotion")
    expect(page.locator("#status")).to_contain_text("Clickbait in the headline")
    item = page.locator("#segments > li.promotion").first
    expect(item.locator("li").first).not_to_be_visible()
    item.locator("summary").click()
    expect(item.locator("li").first).to_be_visible()


@needs_browser
def test_labels_are_switched_off_and_on(visit: Any) -> None:
    page = visit()
    page.click("text=Use the example")
    expect(page.locator("#cleaned")).not_to_contain_text(LURE)
    page.uncheck("input[value=promotion]")
    expect(page.locator("#cleaned")).to_contain_text(LURE)
    assert page.locator("#segments .is-removed").count() == 0
    assert '"remove":["teaser"]' in page.inner_text("#curl")
    page.check("input[value=promotion]")
    expect(page.locator("#cleaned")).not_to_contain_text(LURE)


@needs_browser
def test_an_article_of_ones_own_by_keyboard_alone(visit: Any) -> None:
    page = visit("/?lang=de")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "title":
            break
    page.keyboard.type("Konzern wächst")
    page.keyboard.press("Tab")
    page.keyboard.type("Der Umsatz stieg um 4 Prozent, teilte der Konzern am Montag mit.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("Redaktioneller Text")
    expect(page.locator("#cleaned")).to_have_text("Der Umsatz stieg um 4 Prozent, teilte der Konzern am Montag mit.")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.value || document.activeElement.tagName"))
    assert {"example", "clear", "insist", "cleaned", "curl", *LABELS} <= reached


@needs_browser
def test_markup_in_an_article_stays_text(visit: Any) -> None:
    page = visit()
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>fett</b> stieg um 4 Prozent.'
    page.fill("#text", evil)
    page.fill("#title", evil)
    page.click("text=Clean")
    expect(page.locator("#cleaned")).to_have_text(evil)
    assert page.locator("#result img, #result b, #result script").count() == 0
    assert page.title() not in ("1", "2")


@needs_browser
def test_the_curl_line_asks_the_same(visit: Any, server: RunningServer) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    page = visit()
    page.fill("#text", ARTICLE.replace("Der Kieler Anbieter", "Der Kieler 'Anbieter' \"it's\" $(quotes) `ticks` 😀"))
    page.click("text=Clean")
    expect(page.locator("#cleaned")).to_contain_text("$(quotes)")
    line = page.locator("#curl").text_content()
    assert shlex.split(line)[0] == "curl"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert json.loads(done.stdout)["text"] == page.locator("#cleaned").text_content()


@needs_browser
def test_copying_gives_the_cleaned_text(visit: Any) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.click("text=Use the example")
    expect(page.locator("#segments > li").first).to_be_visible()
    page.locator("[data-copy=cleaned]").click()
    expect(page.locator("[data-copy=cleaned]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#cleaned").text_content()


@needs_browser
def test_an_offer_comes_back_with_a_warning_until_one_insists(visit: Any) -> None:
    page = visit()
    offer = "Wie steht es wirklich um Nordlicht? Unsere Redaktion sagt Ihnen in einer kostenfreien Studie, was Aktionäre tun sollten. Sichern Sie sich Ihr Exemplar, solange es verfügbar ist."
    page.fill("#text", offer)
    page.click("text=Clean")
    expect(page.locator("#alerts")).to_contain_text("it comes back unchanged")
    expect(page.locator("#cleaned")).to_have_text(offer)
    page.check("#insist")
    expect(page.locator("#cleaned")).to_have_text("Nothing is left of the text.")
    expect(page.locator("#alerts")).to_be_empty()


@needs_browser
def test_the_draft_stays_when_the_tongue_changes_and_goes_when_cleared(visit: Any) -> None:
    page = visit()
    page.click("text=Use the example")
    expect(page.locator("#segments > li").first).to_be_visible()
    page.click("text=Deutsch")
    expect(page.locator("#status")).to_contain_text("Redaktioneller Text mit Werbung")
    assert page.input_value("#text") == ARTICLE
    page.click("#clear")
    expect(page.locator("#columns")).to_be_hidden()
    assert page.input_value("#text") == ""


@needs_browser
def test_a_key_is_asked_for_where_one_is_needed(browser: Browser, serve: Serve) -> None:
    server = serve(workers=1, api_keys="the-key-of-the-cron-job")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/?lang=en")
    page.fill("#text", "Der Dax stieg.")
    page.click("text=Clean")
    expect(page.locator("#alerts")).to_contain_text("An API key is needed")
    page.fill("#key", "the-key-of-the-cron-job")
    page.click("text=Clean")
    expect(page.locator("#cleaned")).to_have_text("Der Dax stieg.")
    assert "the-key-of" not in page.inner_text("#curl")
    context.close()


CONTRAST = """() => {
  const channel = (v) => (v /= 255, v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest("script, noscript, .skip")) continue;
    const pair = [luminance(numbers(getComputedStyle(node).color)), luminance(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

NAMELESS = """() => [...document.querySelectorAll("input, textarea, button, a, meter")].filter((node) =>
  !(node.labels && node.labels.length) && !node.textContent.trim() && !node.getAttribute("aria-label")).map((node) => node.outerHTML)"""


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width", "height"), [("desktop", 1280, 900), ("phone", 360, 740)])
@pytest.mark.parametrize("tongue", ["de", "en"])
def test_it_can_be_read_everywhere(visit: Any, scheme: str, size: str, width: int, height: int, tongue: str) -> None:
    page = visit(f"/?lang={tongue}", color_scheme=scheme, viewport={"width": width, "height": height}, has_touch=size == "phone")
    page.click("#example")
    expect(page.locator("#segments > li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    assert "built-in" not in page.inner_text("body")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"page-{size}-{scheme}-{tongue}.png", full_page=True)


@needs_browser
def test_the_docs_page_works_offline_and_under_its_policy(visit: Any) -> None:
    page = visit("/docs")
    expect(page.locator(".opblock")).to_have_count(10)
    page.click("#operations-articles-clean .opblock-summary-control")
    page.click("#operations-articles-clean .try-out__btn")
    page.click("#operations-articles-clean .execute")
    expect(page.locator("#operations-articles-clean .live-responses-table tbody .response-col_status").first).to_contain_text("200")
