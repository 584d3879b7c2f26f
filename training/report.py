"""Figures to files: the plots and the model card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from detector.labels import MEANINGS
from training.breadth import Breadth

__all__ = ["model_card", "plot", "with_quality"]


_QUALITY: Final = re.compile(r"(<!-- quality -->\n).*(<!-- /quality -->)", re.DOTALL)
_TIERS: Final = {
    "de article": "German reports",
    "en article": "English reports",
    "de page": "German web pages, every block",
    "en page": "English web pages, every block",
    "de guide": "German commercial guides",
}


def with_quality(readme: str, figures: dict[str, Any]) -> str:
    """Return the README with the figures of these articles between its marks.

    Parameters
    ----------
    readme : str
        Markdown with the marks ``<!-- quality -->`` and ``<!-- /quality -->``.
    figures : dict
        As `training.__main__` saves them, with ``articles``.

    Returns
    -------
    str
    """
    articles = figures["articles"]
    lines = [
        f"Measured on {articles['all']['documents']} real articles labelled by hand, never trained on; the parts of all characters that",
        "are removed:",
        "",
        "| | articles | promotion removed | teasers removed | editorial text lost |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for tier, name in _TIERS.items():
        if tier in articles:
            row = articles[tier]
            values = ((row["recall"]["value"], 3), (row["teasers"]["value"], 3), (row["loss"]["value"], 4))
            lines.append(f"| {name} | {row['documents']} | {' | '.join('–' if v is None else f'{v:.{d}f}' for v, d in values)} |")
    weakest = min((name for name in figures["attacks"] if name != "none"), key=figures["attacks"].__getitem__)
    lines += [
        "",
        f"Macro F1 over the five labels is {articles['macro_f1']:.2f}. Headlines: area under the ROC curve"
        f" {figures['headlines']['de']:.2f} (German) and {figures['headlines']['en']:.2f} (English)",
        "on voices held out. Offers in disguise (look-alike letters, spaced letters, five more; those with doubtful parts left",
        f"out): {figures['attacks']['none']:.3f} of the promotion is removed undisguised, {figures['attacks'][weakest]:.3f} with the "
        f"disguise that costs the most, {weakest}.",
        "",
        "What went wrong on these articles guided which texts the corpus covers, so expect somewhat less elsewhere. Intervals,",
        "figures on held-out voices and known weaknesses",
        "are in `MODEL_CARD.md`.",
        "",
    ]
    return _QUALITY.sub(lambda marks: marks[1] + "\n".join(lines) + marks[2], readme)


def plot(figures: dict[str, Any], folder: Path) -> None:
    """Draw the calibration curve and the curve of recall against loss.

    Parameters
    ----------
    figures : dict
        As `training.__main__` saves them.
    folder : Path
        Gets ``calibration.png`` and ``recall-loss.png``.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    axes: Any
    figure, axes = pyplot.subplots(figsize=(5, 4))
    bins = figures["reliability"]
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([b["score"] for b in bins], [b["share"] for b in bins], marker="o")
    axes.set(xlabel="score of promotion and teaser", ylabel="true share of characters", title="Calibration on held-out voices")
    figure.savefig(folder / "calibration.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    pyplot.close(figure)

    figure, axes = pyplot.subplots(figsize=(5, 4))
    curve = figures["curve"]
    axes.semilogx([max(p["loss"], 1e-5) for p in curve], [p["recall"] for p in curve], marker=".")
    axes.set(xlabel="loss of editorial characters", ylabel="recall of promotion", title="Recall against loss on held-out voices")
    axes.grid(True, alpha=0.3)
    figure.savefig(folder / "recall-loss.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    pyplot.close(figure)


def _cell(value: dict[str, Any] | None, digits: int) -> str:
    if not value or value["value"] is None:
        return "–"
    low, high = value["interval"]
    return f"{value['value']:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _table(rows: dict[str, Any], head: str) -> list[str]:
    lines = [f"| {head} | documents | recall | teasers | loss |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, row in rows.items():
        cells = (_cell(row["recall"], 3), _cell(row["teasers"], 3), _cell(row["loss"], 4))
        lines.append(f"| {name} | {row['documents']} | {' | '.join(cells)} |")
    return lines


def model_card(figures: dict[str, Any], breadth: dict[tuple[str, str], Breadth]) -> str:
    """Write the model card.

    Parameters
    ----------
    figures : dict
        As `training.__main__` saves them.
    breadth : dict
        From `training.breadth.measure`.

    Returns
    -------
    str
        Markdown.
    """
    manifest, held = figures["manifest"], figures["held_out"]
    articles = figures.get("articles")
    lines = [
        "# Model card",
        "",
        "Generated by `python -m training evaluate`; change the corpus or the recipe, not this file.",
        "",
        "## What the model does",
        "",
        "It gives each sentence of a German or English financial article one of five labels:",
        "",
        *(f"- `{label}`: {meaning}" for label, meaning in MEANINGS.items()),
        "",
        "It is meant for cleaning articles before reading, summarizing or scoring them. It is not meant for judging",
        "authors or publishers, nor for deciding unseen what a reader may see.",
        "",
        "## Method",
        "",
        "A multinomial logistic regression over hashed words, word pairs, prefixes, suffixes and the word classes of a lexicon",
        "scores each sentence by its words. A small network reads those scores for the sentence, its neighbours, its block and",
        "its text, together with the shape of the sentence (length, signs, word classes, place, share of words that occur",
        "elsewhere in the text). Runs of neighbouring sentences are removed by their joint score. Calibration and threshold are",
        "chosen on voices that were held out.",
        "",
        f"Model `{manifest['digest'][:12]}`, {manifest['bytes'] / 1e6:.1f} MB, default threshold {figures['threshold']},",
        f"corpus `{manifest['corpus'][:12]}`.",
        "",
        "## Data",
        "",
        "The corpus is written for this project; no text of a publisher is in it. Companies are real or invented, figures",
        "and quotations are invented, so nothing in it is a fact about a company or a person.",
        "",
        "| language | label | pieces | words | voices | kinds |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *(f"| {lang} | {label} | {b.n_pieces} | {b.n_words} | {b.n_voices} | {b.n_kinds} |" for (lang, label), b in breadth.items()),
        "",
        "## Measured quality",
        "",
        "Recall and teasers are the parts of the promotional and of the teaser characters that are removed, loss the part",
        "of the editorial characters; in brackets 95 % intervals of the bootstrap over documents.",
        "",
    ]
    if articles:
        rows = {name: row for name, row in articles.items() if name != "macro_f1"}
        lines += [
            "### Real articles",
            "",
            "Labelled by hand, never trained on. Tier `article` is the text of a report as a feed delivers it, `page` every",
            "text block of a web page, `guide` a commercial guide. What went wrong on them guided which kinds of text the corpus",
            "covers and which of several recipes was kept, so expect somewhat less on houses that nobody here has looked at.",
            "",
            *_table(rows, "language and tier"),
            "",
            f"Macro F1 over the five labels: {articles['macro_f1']:.3f}.",
            "",
            "Promotion disguised, all articles together, offers with parts in doubt left out:",
            "",
            "| disguise | recall |",
            "| --- | ---: |",
            *(f"| {name} | {value:.3f} |" for name, value in figures["attacks"].items()),
            "",
        ]
    lines += [
        "### Held-out voices of the own corpus",
        "",
        "Documents composed of voices that neither stage was fitted on, in five folds. They hold far more offers and",
        "near-misses than real articles do, on purpose. The folds of the second stage read scores of first stages that had",
        "seen some of the held-out pieces, and threshold and calibration were chosen on these same documents; so these",
        "figures compare recipes and guard against regressions, while the real articles above say how good the model is.",
        "",
        *_table({"all": held["all"], **held["languages"]}, "language"),
        "",
        *_table(held["plans"], "how the document was composed"),
        "",
        f"Macro F1 over the five labels: {held['macro_f1']:.3f}. Headlines, area under the ROC curve on held-out voices: "
        + ", ".join(f"{lang} {value:.3f}" for lang, value in figures["headlines"].items())
        + ".",
        "",
        "![Calibration](docs/calibration.png) ![Recall against loss](docs/recall-loss.png)",
        "",
        "Voices with the highest loss:",
        "",
        *_table(dict(list(held["voices"].items())[:8]), "voice"),
        "",
        "## Known weaknesses",
        "",
        "- An offer whose sentences all read like reporting, such as the track record of a research house or a sober",
        "  stock-promotion mail, is often left in.",
        "- On whole web pages, product boxes and donation boxes in short lines are often left in.",
        "- In commercial guides, where informing and selling are interwoven, both recall and loss are weak.",
        "- Sentences that address the reader, lists of tickers and rhetorical questions are the most frequent false removals.",
        "- Languages other than German and English are not covered: little is removed there.",
        "",
        "## How to reproduce",
        "",
        "`make fit` writes the same artifact again (same library versions and machine type); `make evaluate` measures the",
        "held-out voices; `python -m training evaluate --articles FILE.jsonl …` adds labelled articles of your own.",
        "",
    ]
    return "\n".join(lines)
