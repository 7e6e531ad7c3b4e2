"""How the commands talk: results on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osler.clinical import Refusal


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON holds
    """Print one JSON document on stdout, NaN and infinity refused."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def say(sentence: str) -> None:
    """Print a sentence on stderr."""
    print(sentence, file=sys.stderr)


def say_refusals(refusals: "tuple[Refusal, ...]") -> None:
    """Print each refusal as one line on stderr."""
    for refusal in refusals:
        named = refusal.sentence.startswith(refusal.origin) or not refusal.origin
        say(f"refused: {refusal.sentence if named else f'{refusal.origin}: {refusal.sentence}'}")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar on stderr while work goes on; nothing where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _done, _known: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, known: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=known)
            bar.update(tasks[stage], completed=done, total=known)

        yield tell
