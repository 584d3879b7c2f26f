"""The document transformer for LangChain."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import BaseDocumentTransformer, Document
from marked import MarkedDetector

from detector import Detector
from integrations import langchain
from integrations.langchain import PromoRemover

MARKED = "Der Dax stieg.\n\nReklame."


@pytest.mark.parametrize(
    ("content", "expected", "verdict"),
    [
        (MARKED, "Der Dax stieg.", "mixed"),
        ("Der Dax stieg.", "Der Dax stieg.", "editorial"),
        ("Reklame.", "Reklame.", "promotional"),
        ("", "", "editorial"),
    ],
)
def test_documents(content: str, expected: str, verdict: str) -> None:
    documents = [Document(page_content=content, id="7", metadata={"source": "house"})]
    transformed = PromoRemover(MarkedDetector()).transform_documents(documents)
    assert [(d.page_content, d.id, d.metadata["source"], d.metadata["promo_verdict"]) for d in transformed] == [
        (expected, "7", "house", verdict)
    ]
    assert documents == [Document(page_content=content, id="7", metadata={"source": "house"})], "the caller's stay as they are"


def test_it_is_a_transformer_of_langchain() -> None:
    remover = PromoRemover(MarkedDetector())
    assert isinstance(remover, BaseDocumentTransformer)
    documents = [Document(page_content=MARKED), Document(page_content="Der Dax fiel.")]
    transformed = asyncio.run(remover.atransform_documents(documents))
    assert [d.page_content for d in transformed] == ["Der Dax stieg.", "Der Dax fiel."]


def test_html() -> None:
    document = Document(page_content="<p>Der Dax stieg.</p><p>Reklame.</p>")
    assert PromoRemover(MarkedDetector(), is_html=True).transform_documents([document])[0].page_content == "<p>Der Dax stieg.</p>"


def test_what_is_promotional_as_a_whole_can_be_left_out() -> None:
    documents = [Document(page_content="Reklame."), Document(page_content="Der Dax stieg.")]
    transformed = PromoRemover(MarkedDetector(), is_dropping=True).transform_documents(documents)
    assert [d.page_content for d in transformed] == ["Der Dax stieg."]


@pytest.mark.parametrize(
    ("metadata", "has_score"), [({"headline": "Diese Aktie könnte sich verdoppeln!"}, True), ({}, False), ({"headline": 7}, False)]
)
def test_headlines(detector: Detector, metadata: dict[str, Any], has_score: bool) -> None:
    document = Document(page_content="Der Dax stieg am Montag.", metadata=metadata)
    found = PromoRemover(detector, title_key="headline").transform_documents([document])[0].metadata
    assert ("promo_clickbait" in found) == has_score
    assert all(isinstance(value, (str, float, int)) for value in found.values()), "single values, for stores of vectors"


def test_after_a_loader_with_the_shipped_model(tmp_path: Path) -> None:
    """From a file to documents as a pipeline has it."""
    report = "Der Pumpenbauer Harkort hat im dritten Quartal mehr verdient als erwartet. Der Umsatz stieg um 4,2 Prozent."
    (tmp_path / "a.txt").write_text(
        f"{report}\n\nHarkort: Kaufen oder verkaufen? Jetzt Gratis-Analyse sichern und weiterlesen ...", "utf-8"
    )

    class FileLoader(BaseLoader):
        def lazy_load(self) -> Any:
            for path in tmp_path.iterdir():
                yield Document(page_content=path.read_text("utf-8"), metadata={"source": path.name, "title": "Harkort verdient mehr"})

    transformed = PromoRemover().transform_documents(FileLoader().load())
    assert [(d.page_content, d.metadata["promo_verdict"]) for d in transformed] == [(report, "mixed")]
    assert 0 < transformed[0].metadata["promo_share"] < 0.8


def test_the_example_of_the_readme() -> None:
    text = (Path(__file__).parents[1] / "integrations" / "langchain" / "README.md").read_text("utf-8")
    code = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(code) == 1
    done = subprocess.run([sys.executable, "-c", code[0]], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Der Pumpenbauer"), done.stderr
    assert done.stdout.endswith("bei 26 Euro.\nmixed\n"), done.stdout


def test_unknown_arguments_and_names_are_refused() -> None:
    with pytest.raises(TypeError, match="'remove'"):
        PromoRemover(MarkedDetector()).transform_documents([], remove=())
    with pytest.raises(AttributeError, match="Nothing"):
        _ = langchain.Nothing


def test_without_langchain_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['langchain_core'] = None\n"
        "from detector import ExtraMissing\n"
        "try: from integrations.langchain import PromoRemover\n"
        "except ExtraMissing as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "langchain-core is not installed; install promo-detector[langchain]\n", done.stderr
