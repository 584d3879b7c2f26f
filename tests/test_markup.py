"""Tags, elements and text of HTML, and the way back to the source."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from detector.markup import decode, read
from detector.nodes import MAX_DEPTH, nest
from detector.tags import CDATA, END, OTHER, RAW, START, TEXT, attributes, tokenize

PIECES = [
    *("<p>", "</p>", "<div class='a>b'>", "</div>", "<b>", "</b>", "<i x=1>", "</i>", "<a href=/x?a=1&b>", "</a>", "<ul>", "</ul>", "<li>", "</li>"),
    *("<table>", "</table>", "<tr>", "<td>", "</td>", "<br>", "<br/>", "<img src=x>", "<figure>", "</figure>", "<h2 id='q\"'>", "</h2>", "<hr>"),
    *("<script>1<2</script>", "<style>p{}</style>", "<!-- c -->", "<!-->", "<!doctype html>", "<?pi?>", "<span hidden>", "</span>", "<pre>", "</pre>"),
    *("</", "<", ">", "&", "&amp;", "&lt", "&nbsp;", "&#x1F600;", "&#10;", "&notit;", "  ", "\n", "\u00a0", "'", '"', "=", "<a b='", "<x-y>", "</x-y>"),
    *("Eins steht hier. ", "Zwei!", "Reklame. ", "Reklame für alle!", "drei", "ü", "😀", "]]>", "<![CDATA[x]]>", "<svg/>", "<svg><title>t</title></svg>"),
]  # fmt: skip
SOURCES = st.one_of(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.text(alphabet="<>/!-&;#='\" abp\n", max_size=40))


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("quotes hold the end", "<a b='x>y'>t</a>", [(START, "<a b='x>y'>"), (TEXT, "t"), (END, "</a>")]),
        ("a quote in a name is no quote", "<a \"b>c", [(START, '<a "b>'), (TEXT, "c")]),
        ("a sign of equality may begin a name", '<a ="b>c', [(START, '<a ="b>'), (TEXT, "c")]),
        ("a bracket before a blank is text", "3 < 5 <3 <", [(TEXT, "3 < 5 <3 <")]),
        ("comment", "<!-- <p> --!>x", [(OTHER, "<!-- <p> --!>"), (TEXT, "x")]),
        ("shortest comments", "<!--><!--->x", [(OTHER, "<!-->"), (OTHER, "<!--->"), (TEXT, "x")]),
        ("comment without end", "x<!-- <p>", [(TEXT, "x"), (OTHER, "<!-- <p>")]),
        ("tag without end", "x<p class='a", [(TEXT, "x"), (OTHER, "<p class='a")]),
        ("script", "<script>'<p>'</scripty></SCRIPT >x", [(START, "<script>"), (RAW, "'<p>'</scripty>"), (END, "</SCRIPT >"), (TEXT, "x")]),
        ("script in a commented script", "<script><!-- <script> </script> --></script>x", [(START, "<script>"), (RAW, "<!-- <script> </script> -->"), (END, "</script>"), (TEXT, "x")]),
        ("script after a closed comment", "<script><!-- --><script></script>x", [(START, "<script>"), (RAW, "<!-- --><script>"), (END, "</script>"), (TEXT, "x")]),
        ("textarea", "<textarea><p></textarea>", [(START, "<textarea>"), (RAW, "<p>"), (END, "</textarea>")]),
        ("CDATA is a comment in HTML", "<![CDATA[a>b]]>", [(OTHER, "<![CDATA[a>"), (TEXT, "b]]>")]),
        ("style in a picture is no style", "<svg><style/>x</svg><style>y</style>", [(START, "<svg>"), (START, "<style/>"), (END, ""), (TEXT, "x"), (END, "</svg>"), (START, "<style>"), (RAW, "y"), (END, "</style>")]),
    ],
)  # fmt: skip
def test_tokens(name: str, source: str, expected: list[tuple[int, str]]) -> None:
    assert [(token.kind, source[token.start : token.end]) for token in tokenize(source)] == expected


def test_tokens_of_xml() -> None:
    source = "<x:p/><![CDATA[a>b]]><?p >?><script>a</script>"
    kinds = [(t.kind, t.name, source[t.start : t.end]) for t in tokenize(source, is_xml=True)]
    assert kinds[:4] == [(START, "p", "<x:p/>"), (END, "p", ""), (CDATA, "", "<![CDATA[a>b]]>"), (OTHER, "", "<?p >?>")]
    assert (TEXT, "", "a") in kinds


@settings(deadline=None)
@given(SOURCES, st.booleans())
def test_tokens_tile_the_source(source: str, is_xml: bool) -> None:
    tokens = tokenize(source, is_xml=is_xml)
    assert [t.start for t in tokens] == [0, *(t.end for t in tokens[:-1])][: len(tokens)]
    assert not source or tokens[-1].end == len(source)


def test_attributes_come_with_and_without_quotes() -> None:
    assert attributes("<a A=1 b='2 > 1' c=\"x\"d e = f a=2 />") == {"a": "1", "b": "2 > 1", "c": "x", "d": "", "e": "f"}
    assert attributes("<a>") == {}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("implied ends", "<ul><li>a<li>b</ul>", ["<ul><li>a<li>b</ul>", "<li>a", "<li>b"]),
        ("cells", "<table><tr><td>1<td>2<tr><th>3</table>", ["<table><tr><td>1<td>2<tr><th>3</table>", "<tr><td>1<td>2", "<td>1", "<td>2", "<tr><th>3", "<th>3"]),
        ("crossed", "<b><i>x</b>y</i>", ["<b><i>x</b>"]),
        ("a later tag may be meant", "<p>a<div>b</div></p>", ["<div>b</div>"]),
        ("a paragraph without end", "<p>a<p>b", ["<p>a", "<p>b"]),
        ("end without start", "</div><p>a</p></section>", ["<p>a</p>"]),
        ("void elements are none", "<p>a<br><img></p>", ["<p>a<br><img></p>"]),
    ],
)  # fmt: skip
def test_elements_that_can_go_whole(name: str, source: str, expected: list[str]) -> None:
    assert [source[e.start : e.end] for e in nest(tokenize(source)) if e.is_whole and e.name != "i"] == expected


@settings(deadline=None)
@given(SOURCES)
def test_elements_lie_apart_or_one_in_the_other(source: str) -> None:
    elements = nest(tokenize(source))
    assert [e.first for e in elements] == sorted({e.first for e in elements})
    around: list[int] = []
    for element in elements:
        assert element.first < element.stop
        assert 0 <= element.start < element.end <= len(source)
        while around and around[-1] <= element.first:
            around.pop()
        assert not around or element.stop <= around[-1]
        around.append(element.stop)


@pytest.mark.parametrize(
    ("name", "source", "text"),
    [
        ("paragraphs", "<p>a</p>\n <p>b\n c </p>", "a\n\nb c"),
        ("lines", "<div>a</div><div> b<div>c</div></div>d", "a\nb\nc\nd"),
        ("headings, lists and quotes", "<h1>a</h1><ul><li>b<li>c</ul><blockquote>d</blockquote>", "a\n\nb\nc\n\nd"),
        ("one break, two breaks", "a<br>b<br/> <BR>c", "a\nb\n\nc"),
        ("cells and rows", "<table><caption>t</caption><tr><td>a</td> <td>b</td></tr><tr><td>c</td></tr></table>", "t\na\tb\nc"),
        ("figure", "a<figure><img><figcaption>b</figcaption></figure>c", "a\n\nb\n\nc"),
        ("inline tags part nothing", "Ge<b>winn</b> und<i> </i>Verlust", "Gewinn und Verlust"),
        ("blanks across tags", "a <b> b </b> c", "a b c"),
        ("preformatted", "<pre>a\n  b</pre> c\n  d", "a\n  b\n\nc d"),
        ("entities", "&uuml;&#252;&#xFC; &copy &notit; &lt;b&gt; &#x1F600;", "üüü © ¬it; <b> 😀"),
        ("blank entities collapse", "a&#32;&#10; b&nbsp; c", "a b\u00a0 c"),
        ("hidden", "a<p hidden>b</p><p style='DISPLAY: none'>c</p><p style='x:none'>d</p><p class=hidden>e</p>", "a\n\nd\n\ne"),
        ("hidden by an implied end", "<p hidden>a<p>b", "b"),
        ("an element that is never closed hides nothing", "a<button>b", "ab"),
        ("form", "a<form>b<button>c</button></form>d", "a\nd"),
        ("a page in a form", "<form><h1>a</h1>b<select><option>c</select></form>", "a\n\nb"),
        ("dialog", "<dialog>a</dialog><dialog open>b</dialog>", "b"),
        ("script, style, template, noscript", "a<script>b</script><style>c</style><template>d</template><noscript>e</noscript>f", "af"),
        ("title", "<head><title>a</title></head><body>b</body>", "b"),
        ("unclosed head", "<head><title>a</title><meta x><body>b", "b"),
    ],
)  # fmt: skip
def test_text(name: str, source: str, text: str) -> None:
    assert read(source).text == text


@settings(deadline=None)
@given(SOURCES)
def test_characters_know_where_they_came_from(source: str) -> None:
    markup = read(source)
    assert len(markup.text) == len(markup.starts) == len(markup.ends)
    assert (markup.starts[1:] >= markup.starts[:-1]).all()
    for character, start, end in zip(markup.text, markup.starts.tolist(), markup.ends.tolist(), strict=True):
        piece = source[start:end]
        assert piece == character or piece[:1] == "&" or character in " \n\t"
        assert not piece or character != " " or not piece.strip() or piece[0] == "&"
    assert markup.text == markup.text.strip(" \n\t") or "<pre" in source or not markup.text


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([p for p in PIECES if p not in ("<svg/>", "<x-y>", "<span hidden>", "<a b='")]), max_size=20).map("".join))
@example("<p>a<![CDATA[x>y]]>&notit;<!--->b--></p>")
def test_another_parser_reads_the_same_words(source: str) -> None:
    tree = LexborHTMLParser(f"<body><div>{source}</div>")
    for node in tree.css("script, style, svg, title"):
        node.decompose()
    # Where broken tables are concerned the other parser moves text about, so the order does not count.
    text = tree.body.text(deep=True) if tree.body else ""
    assert sorted("".join(read(source).text.split())) == sorted("".join(text.split()))


def test_escapes_in_xml() -> None:
    source = "a&lt;b&#252;<![CDATA[&amp;]]><!-- c --><d>e</d>"
    value, starts, ends = decode(source)
    assert value == "a<bü&amp;e"
    assert [source[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)] == ["a", "&lt;", "b", "&#252;", *"&amp;", "e"]


N = 100_000
HOSTILE = {
    "nested div": "<div>" * 2 * N,
    "nested and closed": "<div>" * N + "x" + "</div>" * N,
    "ends without start": "</p>" * 2 * N,
    "ends that must be looked for in vain": "<i>" * N + "<div>" + "<b>" * N + "</i>" * N,
    "formatting that is opened again and again": "".join(f"<b a={k}><p>" for k in range(N)),
    "many names": "".join(f"<x{k}>" for k in range(N)),
    "list items": "<li>" * 2 * N,
    "unclosed quotes": "<a b='" * N,
    "unclosed tag": "<a " + "b " * 5 * N,
    "huge attribute": f"<p title='{'x' * 10 * N}'>y</p>",
    "many attributes": "<p " + "".join(f"a{k}=b " for k in range(N)) + ">y</p>",
    "signs of equality": "<a " + "=" * 10 * N + ">",
    "brackets": "<" * 10 * N,
    "unclosed comments": "<!--" * 2 * N,
    "unclosed scripts": "<script>" * N,
    "scripts in comments": "<script><!--<script>" * N,
    "ampersands": "&" * 10 * N,
    "unknown entities": "&x" * 5 * N,
    "blanks": "a  " * 3 * N,
    "forms and headings": "<form>a</form><h1>" * N,
    "hidden": "<p hidden style='display:none'>" * N,
    "images and links": "<a href=x><img></a>" * N,
    "breaks": "<br>" * N + "x",
    "entities to expand": "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]>" + "&c;" * N,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_take_linear_time(name: str) -> None:
    begin = time.process_time()
    markup = read(HOSTILE[name])
    assert time.process_time() - begin < 10
    assert len(markup.text) <= len(HOSTILE[name])


def test_elements_below_the_depth_limit_are_not_looked_for() -> None:
    markup = read("<div>" * 5000 + "<p>a</p><p>b</p>" + "</div>" * 5000)
    assert markup.text == "a\n\nb"
    assert len(markup.elements) < MAX_DEPTH + 130


def test_spans_of_segments_leave_tags_out() -> None:
    source = "<p>Der <b>Dax</b>  stieg &amp; fiel.</p><p>Ende.</p>"
    markup = read(source)
    spans = markup.spans([(0, 21), (23, 28), (5, 5)])
    assert [[source[a:b] for a, b in span] for span in spans] == [["Der ", "Dax", "  stieg &amp; fiel."], ["Ende."], []]
    assert re.sub(r"\s+", " ", "".join(source[a:b] for a, b in spans[0])) == "Der Dax stieg &amp; fiel."
