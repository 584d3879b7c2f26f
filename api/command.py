"""The command ``promo-detector``.

Exit codes: 0 done; 1 done, but some lines of a batch were bad; 2 wrong usage; 3 an input cannot be read or has a value
that is not allowed; 4 the trained model, or a package that an option needs, cannot be used.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from detector import ArtifactError, Detector, EncodingError, ExtraMissing, HtmlResult, InputError, Result, clean_feed
from detector.artifact import SHIPPED
from detector.labels import DEFAULT_REMOVE, LABELS

__all__ = ["main"]

_COLOURS: Final = {"editorial": "0", "promotion": "31", "teaser": "33", "disclosure": "36", "boilerplate": "90"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser(is_serving=given[:1] == ["serve"]).parse_args(given)
        return int(options.run(options))
    except ModuleNotFoundError as error:
        if given[:1] != ["serve"]:
            raise
        return _fail(ModuleNotFoundError(f"serving needs {error.name}, which comes with: pip install 'promo-detector[server]'"), 4)
    except (ArtifactError, ExtraMissing) as error:
        return _fail(error, 4)
    except (InputError, OSError) as error:
        return _fail(error, 3)


def _fail(error: Exception, code: int) -> int:
    if isinstance(error, BrokenPipeError):
        # The reader of our output went away; nothing is wrong, and Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    message = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    print(f"promo-detector: {message}", file=sys.stderr)
    return code


def _parser(is_serving: bool) -> argparse.ArgumentParser:
    """Return the parser; the options of the service need libraries that the rest does without."""
    parser = argparse.ArgumentParser(
        prog="promo-detector",
        description="Take what the sales desk slipped in out of a financial article.",
        epilog="exit codes: 0 done; 1 done, but some lines of a batch were bad; 2 wrong usage; "
        "3 an input cannot be read or has a value that is not allowed; 4 the trained model, or a package that an option "
        "needs, cannot be used",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--model", type=Path, default=SHIPPED, help="folder of a trained model (default: the one that comes with the package)"
    )
    deciding = argparse.ArgumentParser(add_help=False)
    deciding.add_argument("--language", help="language of the text, such as de or en (default: detected)")
    deciding.add_argument(
        "--remove",
        default=",".join(DEFAULT_REMOVE),
        help=f"labels to remove, of {', '.join(LABELS)} (default: %(default)s; '' only labels)",
    )
    deciding.add_argument("--threshold", type=float, help="probability from which a sentence is promotional, 0 to 1 (default: the model's)")
    cleaning = argparse.ArgumentParser(add_help=False, parents=[deciding])
    cleaning.add_argument("--explain", action="store_true", help="give the reasons for each segment")

    clean = commands.add_parser("clean", parents=[shared, cleaning], help="clean one article", description="Clean one article.")
    clean.add_argument("file", help="text or HTML file in UTF-8, or - for standard input")
    clean.add_argument("--title", help="headline of the article")
    clean.add_argument("--html", action="store_true", help="the file is HTML; what is kept comes back byte for byte")
    clean.add_argument("--page", action="store_true", help="the file is a whole page in HTML, of which only the main content counts")
    form = clean.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the whole result as JSON")
    form.add_argument("--show", action="store_true", help="print the article in colour, with label and score beside each segment")
    clean.set_defaults(run=_clean)

    feed = commands.add_parser(
        "feed",
        parents=[shared, deciding],
        help="clean the items of a feed",
        description="Clean the items of an RSS, Atom or JSON feed; what is kept comes back byte for byte.",
    )
    feed.add_argument("file", help="feed in the encoding that it declares, or - for standard input")
    feed.add_argument("--mark", action="store_true", help="give each item a category with its verdict and the clickbait score of its title")
    feed.add_argument("--drop", choices=["promotional"], help="drop the items of this verdict")
    feed.set_defaults(run=_feed)

    batch = commands.add_parser(
        "batch",
        parents=[shared, cleaning],
        help="clean a file of articles",
        description='Clean articles, one JSON object a line: {"id": …, "text": …, "title": …}. Each answer carries the id of its line.',
    )
    batch.add_argument("input", type=Path, help="JSON lines")
    batch.add_argument("output", type=Path, help="file for the results; it appears when all lines are done")
    batch.add_argument("--quiet", action="store_true", help="no progress bar")
    batch.set_defaults(run=_batch)

    serve = commands.add_parser(
        "serve",
        help="serve over HTTP",
        description="Serve over HTTP. Each option may also be given as the environment variable in brackets. "
        "The signal HUP loads the model anew and replaces the workers without losing a request.",
    )
    if is_serving:
        from api.settings import add_options

        add_options(serve)
    serve.set_defaults(run=_serve)
    return parser


def _options(options: argparse.Namespace) -> dict[str, Any]:
    remove = tuple(name.strip() for name in options.remove.split(",") if name.strip())
    chosen = {"language": options.language, "remove": remove, "threshold": options.threshold}
    return chosen | ({"explain": options.explain} if "explain" in options else {})


def _read_bytes(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _read(name: str) -> str:
    data = _read_bytes(name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodingError(name, f"byte {error.start} (0x{data[error.start]:02x}) is not valid UTF-8") from None


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.flush()


def _clean(options: argparse.Namespace) -> int:
    text, detector = _read(options.file), Detector(options.model)
    result: Result
    if options.html or options.page:
        result = detector.clean_html(text, page=options.page, title=options.title, **_options(options))
        text = result.extracted
    else:
        result = detector.clean(text, title=options.title, **_options(options))
    if options.json:
        _write(json.dumps(result.to_dict(), ensure_ascii=False, indent=2) + "\n")
    elif options.show:
        _write(_shown(text, result))
    elif isinstance(result, HtmlResult):
        _write(result.html)
    else:
        _write(result.text if result.text.endswith("\n") or not result.text else result.text + "\n")
    return 0


def _feed(options: argparse.Namespace) -> int:
    document = _read_bytes(options.file)
    result = clean_feed(Detector(options.model), document, mark=options.mark, drop=options.drop, **_options(options))
    sys.stdout.buffer.write(result.document)
    sys.stdout.flush()
    return 0


def _shown(text: str, result: Result) -> str:
    """Return the article with a margin that names label and score; what is removed is struck through."""
    colour = sys.stdout.isatty() or "FORCE_COLOR" in os.environ
    lines = []
    for segment in result.segments:
        margin = f"{segment.label:<11} {segment.score:4.2f} {'-' if segment.removed else ' '} "
        for number, line in enumerate(text[segment.start : segment.end].splitlines() or [""]):
            body = f"\x1b[{_COLOURS[segment.label]}{';9' if segment.removed else ''}m{line}\x1b[0m" if colour else line
            lines.append((margin if number == 0 else " " * len(margin)) + body)
        for evidence in segment.evidence:
            lines.append(f"{'':>19}{evidence.share:5.0%} {evidence.text}")
    head = f"\nverdict {result.verdict}, promotional share {result.promotional_share:.0%}, language {result.language.code}"
    if result.headline is not None:
        head += f", clickbait {result.headline.score:.2f}"
    return "\n".join(lines) + head + "\n"


def _batch(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    detector, settings = Detector(options.model), _options(options)
    part = options.output.with_name(options.output.name + ".part")
    bad = 0
    try:
        with options.input.open("rb") as source, part.open("w", encoding="utf-8") as target:
            progress = tqdm(total=options.input.stat().st_size, unit="B", unit_scale=True, disable=options.quiet or None)
            for number, line in enumerate(source, 1):
                progress.update(len(line))
                if not line.strip():
                    continue
                try:
                    answer = _answer(detector, line, settings)
                except InputError as error:
                    bad += 1
                    progress.write(f"promo-detector: {options.input}:{number}: {error}", file=sys.stderr)
                    continue
                target.write(json.dumps(answer) + "\n")
            progress.close()
        os.replace(part, options.output)
    finally:
        part.unlink(missing_ok=True)
    return 1 if bad else 0


def _answer(detector: Detector, line: bytes, settings: dict[str, Any]) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError("line", f"not JSON: {error}") from None
    if not isinstance(record, dict) or "text" not in record:
        raise InputError("line", "expected an object with a field 'text'")
    own = {"language": record["language"]} if record.get("language") is not None else {}
    result = detector.clean(record["text"], title=record.get("title"), **{**settings, **own})
    return {**({"id": record["id"]} if "id" in record else {}), **result.to_dict()}


def _serve(options: argparse.Namespace) -> int:
    from api.server import serve
    from api.settings import SettingsError, read_settings

    given = {name: value for name, value in vars(options).items() if name != "run"}
    try:
        settings = read_settings(**given)
    except SettingsError as error:
        print(f"promo-detector: {error}", file=sys.stderr)
        return 2
    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
