"""What DBOS may write down: ids and counts. Anything else is refused before it is on disk."""

import json

from dbos import Serializer

from osler.errors import OurFault

Small = str | int | None
_LONGEST = 80


class IdsOnly(Serializer):
    """A serializer that lets nothing pass which could name a patient.

    Arguments and outputs are ids of ours, numbers and None, in JSON. Of an error only its class
    is written: its sentence may quote what a file said.
    """

    def name(self) -> str:  # type: ignore[explicit-override]  # typing has it from 3.12 on
        """Return the word that DBOS writes beside each value."""
        return "osler-ids"

    def serialize(self, data: object) -> str:  # type: ignore[explicit-override]
        """Return JSON text.

        Raises
        ------
        OurFault
            Something other than an id or a number was to be written.
        """
        if isinstance(data, BaseException):
            return json.dumps({"error": type(data).__name__})
        if isinstance(data, dict) and set(data) == {"args", "kwargs"} and not data["kwargs"]:
            return json.dumps([_small(one) for one in data["args"]])
        return json.dumps(_small(data))

    def deserialize(self, serialized_data: str) -> object:  # type: ignore[explicit-override]
        """Return what was serialised; an error comes back as one of ours without its sentence."""
        value = json.loads(serialized_data)
        if isinstance(value, list):
            return {"args": tuple(value), "kwargs": {}}
        if isinstance(value, dict):
            return OurFault(f"the workflow ended with {value['error']}")
        return value


def _small(value: object) -> Small:
    """Return the value if it is an id or a number."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST and value.isascii() and " " not in value:
        return value
    raise OurFault(
        f"a value of type {type(value).__name__} was to be written into the workflow's tables; "
        "expected an id or a number; this is a defect of Osler: report it"
    )
