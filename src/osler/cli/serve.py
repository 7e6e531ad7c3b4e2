"""``osler serve``: the web door."""

from typing import Annotated

import typer

from osler.cli.talk import say


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8080,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Work through the queue as well.")
    ] = True,
) -> None:
    """Serve the API, and work through the queue, until told to stop (Ctrl-C, SIGTERM).

    The first start makes the keys and an administrator, whose one-time password is shown once. A
    line for each request goes to stderr, with ids and counts only.
    """
    from osler.cli.worker import told_on_stderr
    from osler.server.running import Door, serve
    from osler.settings import read_settings

    with told_on_stderr():
        serve(read_settings(), Door(host, port, worker), say=say)
