"""The command ``osler``. Every command loads what it needs when it runs: --help is quick."""

import sys
from collections.abc import Sequence

import typer

from osler.cli import (
    analyze,
    audit,
    collect,
    datasets,
    demo,
    evaluate,
    guidelines,
    jobs,
    models,
    prepare,
    records,
    scores,
    serve,
    settings,
    train,
    users,
    worker,
)
from osler.errors import OslerError, exit_code

app = typer.Typer(
    name="osler",
    help=(
        "Osler: films and a patient's record in, a draft diagnostic report out. "
        "Research software; it assists, the doctor decides."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("analyze")(analyze.analyze)
app.add_typer(collect.app, name="collect")
app.command("worker")(worker.worker)
app.command("serve")(serve.serve)
app.add_typer(records.app, name="records")
app.add_typer(jobs.app, name="jobs")
prepare.app.command("dataset")(datasets.dataset)
app.add_typer(prepare.app, name="prepare")
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(models.app, name="models")
app.add_typer(guidelines.app, name="guidelines")
app.add_typer(scores.app, name="scores")
app.add_typer(users.app, name="users")
app.add_typer(audit.app, name="audit")
app.add_typer(settings.app, name="settings")
app.command("demo")(demo.demo)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with the exit code that the error tree gives."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except OslerError as error:
        print(f"osler: {error}", file=sys.stderr)
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
