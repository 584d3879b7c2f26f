"""Time HTML beside the text in it, and the parsers that could tell how tags nest, in one run and by turns.

The articles are composed of the corpus and put into the markup of a feed item of 5 KB. The parsers read the pages of the
folder that is given, else the same articles.
"""

from __future__ import annotations

import argparse
import gzip
import html
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from selectolax.lexbor import LexborHTMLParser
from speed import articles

from detector import Detector
from detector.markup import read
from detector.nodes import nest
from detector.tags import tokenize
from training.records import read_corpus

CHARS = 5000
"""Length of the fragments."""


def fragment(text: str) -> str:
    """Return the paragraphs of a text as a feed delivers them, cut to length."""
    out = '<div class="entry-content">\n<figure class="wp-block-image"><img src="https://example.org/a.jpg" alt=""/></figure>\n'
    for number, part in enumerate(filter(None, text.split("\n"))):
        words = html.escape(part, quote=False).split(" ")
        if number % 3 == 1 and len(words) > 6:
            words[3] = f'<a href="https://example.org/?utm_source=feed&amp;utm_medium=rss" rel="noopener">{words[3]}</a>'
        if number % 4 == 2:
            words[0] = f"<strong>{words[0]}</strong>"
        piece = f"<p>{' '.join(words)}</p>\n"
        if len(out) + len(piece) > CHARS - 7:
            break
        out += piece
    return out + "</div>\n"


def by_turns(contenders: dict[str, Callable[[str], object]], texts: list[str], rounds: int) -> dict[str, float]:
    """Return the median time of each contender in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for text in texts:
            for name, run in contenders.items():
                begin = time.perf_counter()
                run(text)
                times[name].append((time.perf_counter() - begin) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def lexbor(source: str) -> int:
    """Parse with lexbor and visit every node."""
    root = LexborHTMLParser(source).root
    return sum(1 for _ in root.traverse(include_text=True)) if root else 0


def lxml(source: str) -> int:
    """Parse with lxml and visit every node."""
    root = etree.fromstring(source.encode(), etree.HTMLParser(encoding="utf-8", huge_tree=True))
    return sum(1 for _ in root.iter()) if root is not None else 0


PARSERS: dict[str, Callable[[str], object]] = {
    "lexbor, tree without offsets": lexbor,
    "lxml, tree without offsets": lxml,
    "tags and nodes, with offsets": lambda source: nest(tokenize(source)),
    "markup, text with offsets": read,
}


def main() -> None:
    """Print the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=Path, help="folder of pages, *.html.gz")
    options = parser.parse_args()
    detector = Detector()
    fragments = [fragment(text * 3) for text in articles(read_corpus(), options.articles)]
    texts = {source: read(source).text for source in fragments}
    detector.clean(texts[fragments[0]])
    size = statistics.mean(map(len, fragments))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{len(fragments)} fragments of {size:.0f} characters")
    medians = by_turns(
        {
            "clean of the text": lambda source: detector.clean(texts[source], language="de"),
            "clean_html": lambda source: detector.clean_html(source, language="de"),
            "reading the markup alone": read,
        },
        fragments,
        options.rounds,
    )
    base = medians["clean of the text"]
    for name, value in medians.items():
        print(f"{name:30} {value:8.3f} ms   {value / base:6.2f} times 'clean of the text'")
    pages = fragments
    if options.pages:
        pages = [gzip.decompress(path.read_bytes()).decode("utf-8", "replace") for path in sorted(options.pages.glob("*.html.gz"))]
    print(f"{len(pages)} {'pages' if options.pages else 'fragments'} of {statistics.mean(map(len, pages)):.0f} characters")
    for name, value in by_turns(PARSERS, pages, 3).items():
        print(f"{name:30} {value:8.3f} ms")
    for depth in (5_000, 20_000):
        source = "<div>" * depth + "x"
        for name, value in by_turns(PARSERS, [source], 1).items():
            print(f"{name:30} {value:8.1f} ms   {depth} nested <div>")
    kept = len(etree.fromstring("<div>" * 5000 + "x", etree.HTMLParser(huge_tree=True)).xpath("//div"))
    print(f"lxml keeps {kept} of 5000 nested <div>")


if __name__ == "__main__":
    main()
