"""Ids in addresses: nothing else than what an id may look like reaches the records."""

from typing import Annotated

from fastapi import Path, Query

PATTERN = r"^[0-9A-Za-z._-]{1,64}$"
Id = Annotated[str, Path(pattern=PATTERN)]
QueriedId = Annotated[str, Query(pattern=PATTERN)]
