"""``osler models import``: somebody else's model as a package."""

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from osler.cli.talk import print_json, progress
from osler.errors import NotSupported


def import_(
    file: Annotated[
        str,
        typer.Argument(
            help="The model: .onnx, .keras, .h5, SavedModel, .pt (TorchXRayVision), MONAI bundle; "
            "or the https address of such a file."
        ),
    ],
    card: Annotated[Path, typer.Option(help="What a person wrote of it: TOML or JSON.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of packages. [default: the models folder]")
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option(help="The checksum that a fetched file must have; required of an address."),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(help="A data set of its kind: fits the gates, and calibrates by its labels."),
    ] = None,
    unlike: Annotated[
        list[Path] | None,
        typer.Option(help="A data set of another kind, which the gates are to refuse; repeatable."),
    ] = None,
    other_population: Annotated[
        Path | None,
        typer.Option(help="Where the card is for adults, a data set of children; or reversed."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn somebody's model into a package that answers as the model does.

    No code of the file is run. Without --like no gate is fitted and the package does not load.
    An imported package is used only where OSLER_ALLOW_MODELS names it.

    Example:

      osler models import theirs.onnx --card theirs.toml --like ../data/cxr-tb-shenzhen
    """
    absent = [name for name in ("onnx", "sklearn") if importlib.util.find_spec(name) is None]
    if absent:
        raise NotSupported(
            f"importing needs {' and '.join(absent)}, which is not installed; "
            "pip install 'osler[tables]'"
        )
    from osler.analyse.card import read_card
    from osler.analyse.registry import ANATOMY, default_folder, find_package
    from osler.learn.importing.building import import_model
    from osler.learn.importing.likeness import Kin
    from osler.settings import read_settings

    settings = read_settings()
    models = settings.models_dir or default_folder()
    anatomy = None
    if like is not None:
        anatomy = find_package(models, ANATOMY, allowed=settings.allow_models)
    kin = Kin(like, tuple(unlike or ()), other_population)
    with _at_hand(file, sha256, quiet=as_json) as path:
        place = import_model(path, card, out or models, anatomy=anatomy, kin=kin)
    made = read_card(place / "card.json")
    shown = [one.name for one in made.outputs if one.shipped]
    hidden = {one.name: one.not_assessed_reason for one in made.outputs if not one.shipped}
    if as_json:
        print_json(
            {
                "name": made.name,
                "version": made.version,
                "folder": str(place),
                "parity": made.parity,
                "outputs": shown,
                "not_assessed": hidden,
                "gates": made.gates.note,
                "evidence": made.limits[0],
            }
        )
        return
    print(f"{made.name} {made.version} in {place}")
    print(f"  {made.training.method}")
    print(f"  {made.limits[0]}")
    print(f"  gates: {made.gates.note}")
    print(f"  looks for: {', '.join(shown) or 'nothing that may be shown'}")
    for name, reason in hidden.items():
        print(f"  not assessed: {name}: {reason}")
    print(f"  to use it: OSLER_ALLOW_MODELS={made.name}")


@contextmanager
def _at_hand(file: str, sha256: str | None, *, quiet: bool) -> Iterator[Path]:
    """Give the path of a model; one at an address is fetched, and gone again afterwards."""
    from osler.collect.release import fetch, is_address

    if not is_address(file):
        yield Path(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        with progress(quiet=quiet) as tell:
            path = fetch(
                file,
                sha256,
                Path(folder),
                on_progress=lambda come, known: tell("fetching", come, known),
            )
        yield path
