"""The item pipeline for Scrapy, by itself and in a real crawl of a local site."""

import dataclasses
import functools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from marked import MarkedDetector
from scrapy.exceptions import DropItem
from scrapy.utils.misc import load_object
from scrapy.utils.test import get_crawler

from detector import Detector
from integrations.scrapy import PromoPipeline

SPIDER = Path(__file__).parent / "scrapy_site" / "spider.py"

REPORT = (
    "Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent auf 310 Millionen Euro.",
    "Analysten raten zum Kauf der Aktie und sehen das Kursziel bei 26 Euro. Der Vorstand bekräftigte die Prognose für das laufende Jahr.",
    "An der Börse legte das Papier am Mittwoch um 3 Prozent zu. Seit Jahresbeginn steht ein Plus von 18 Prozent zu Buche.",
)
OFFER = "Harkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ..."
ADVERTORIAL = (
    "Wie steht es wirklich um Nordlicht? Unsere Redaktion sagt Ihnen in einer kostenfreien Studie, was Aktionäre tun sollten. "
    "Sichern Sie sich Ihr Exemplar, solange es verfügbar ist.",
)


def paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{text}</p>" for text in texts)


def page(title: str, *texts: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title}</title></head><body><header>Haus</header>'
        f"<main><h1>{title}</h1><article>{paragraphs(*texts)}</article></main><footer>Impressum</footer></body></html>"
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    pages = {
        "mixed": page("Harkort verdient mehr", *REPORT, OFFER),
        "sober": page("Harkort verdient mehr", *REPORT),
        "advertorial": page("Nordlicht: Jetzt lesen!", *ADVERTORIAL),
    }
    links = "".join(f'<a href="{name}.html">{name}</a>' for name in pages)
    (tmp_path / "index.html").write_text(f"<nav>{links}</nav>", encoding="utf-8")
    for name, source in pages.items():
        (tmp_path / f"{name}.html").write_text(source, encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.html"
        finally:
            server.shutdown()
            thread.join()


def test_a_crawl(site: str, tmp_path: Path) -> None:
    out = tmp_path / "items.jsonl"
    command = [sys.executable, "-m", "scrapy", "runspider", str(SPIDER), "-a", f"start={site}", "-O", str(out)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert "requires a spider argument" not in done.stderr
    items = {item["url"].rpartition("/")[2]: item for item in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert set(items) == {"mixed.html", "sober.html"}, "what is an offer as a whole is dropped"
    mixed, sober = items["mixed.html"], items["sober.html"]
    assert mixed["text"] == sober["text"] == "\n\n".join(REPORT)
    assert mixed["body"].replace("\n</article>", "</article>") == sober["body"] == f"<article>{paragraphs(*REPORT)}</article>"
    assert OFFER not in mixed["page"]
    assert all(text in mixed["page"] for text in REPORT)
    assert "Impressum" not in sober["page"]
    assert (mixed["promo"]["verdict"], sober["promo"]["verdict"]) == ("mixed", "editorial")
    assert 0 < mixed["promo"]["promotional_share"] < 0.5
    assert 0 <= mixed["promo"]["clickbait"] <= 1
    for line in ("'promo_detector/items': 3", "'promo_detector/promotional': 1"):
        assert line in done.stderr


MARKED = "Der Dax stieg.\n\nReklame."


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"text": MARKED}, {"text": "Der Dax stieg."}),
        ({"html": "<p>Der Dax stieg.</p><p>Reklame.</p>"}, {"html": "<p>Der Dax stieg.</p>"}),
        ({"text": "Der Dax stieg."}, {"text": "Der Dax stieg."}),
        ({"text": "Reklame."}, {"text": "Reklame."}),
        ({"text": ""}, {"text": ""}),
        ({"text": None, "html": ["<p>Reklame.</p>"], "title": 7}, {"text": None, "html": ["<p>Reklame.</p>"], "title": 7}),
        ({"summary": MARKED}, {"summary": MARKED}),
        ({}, {}),
    ],
)
def test_items(item: dict[str, Any], expected: dict[str, Any]) -> None:
    assert PromoPipeline(MarkedDetector()).process_item(item) == expected


def test_items_of_other_kinds() -> None:
    @dataclasses.dataclass
    class Article:
        text: str
        promo: dict[str, Any] | None = None

    article = PromoPipeline(MarkedDetector(), result_field="promo").process_item(Article(MARKED), object())
    assert article.text == "Der Dax stieg."
    assert article.promo == {"verdict": "mixed", "promotional_share": 1.0, "clickbait": None}


def test_the_verdict_is_that_of_the_longest_field() -> None:
    item = {"teaser": "Reklame.", "text": "Der Dax stieg am Montag um zwei Prozent."}
    kept = PromoPipeline(MarkedDetector(), text_fields=("teaser", "text"), result_field="promo", is_dropping=True).process_item(item)
    assert kept["promo"]["verdict"] == "editorial"
    with pytest.raises(DropItem, match="promotional as a whole"):
        PromoPipeline(MarkedDetector(), is_dropping=True).process_item({"text": "Reklame."})


def test_a_page_that_is_promotional_keeps_its_main_content(detector: Detector) -> None:
    source = page("Nordlicht", *ADVERTORIAL)
    assert "kostenfreien Studie" not in detector.clean_html(source, page=True).html, "it must be one that would go"
    item = PromoPipeline(detector, page_fields=("page",)).process_item({"page": source})
    assert "kostenfreien Studie" in item["page"]
    assert "Impressum" not in item["page"]


def test_the_settings_of_a_crawler() -> None:
    crawler = get_crawler(settings_dict={"PROMO_DETECTOR_TEXT_FIELDS": "lead,body", "PROMO_DETECTOR_HTML_FIELDS": ""})
    pipeline = PromoPipeline.from_crawler(crawler)
    assert pipeline.process_item({"lead": OFFER, "body": "\n\n".join((*REPORT, OFFER))})["body"] == "\n\n".join(REPORT)
    assert pipeline.process_item({"other": 1}) == {"other": 1}


def test_the_setting_of_the_readme_names_the_pipeline() -> None:
    text = (Path(__file__).parents[1] / "integrations" / "scrapy" / "README.md").read_text("utf-8")
    path = re.findall(r'ITEM_PIPELINES = {"(.*?)": 300}', text)
    assert [load_object(name) for name in path] == [PromoPipeline]
    named = set(re.findall(r"`(PROMO_DETECTOR_\w+)`", text))
    source = (Path(__file__).parents[1] / "integrations" / "scrapy" / "pipeline.py").read_text("utf-8")
    assert named == set(re.findall(r'"(PROMO_DETECTOR_\w+)"', source))


def test_without_scrapy_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['scrapy'] = None\n"
        "from detector import Detector, ExtraMissing\n"
        "from integrations.scrapy import PromoPipeline\n"
        "try: PromoPipeline(Detector())\n"
        "except ExtraMissing as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "scrapy is not installed; install promo-detector[scrapy]\n", done.stderr


def test_scrapy_is_imported_when_it_is_used() -> None:
    code = "import sys, integrations.scrapy, integrations.langchain, integrations.miniflux; print('scrapy' in sys.modules, 'langchain_core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False False\n", done.stderr
