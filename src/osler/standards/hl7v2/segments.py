"""One segment's fields, unescaped; what is not there is ''. The only module that knows hl7."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import hl7

from osler.errors import NotReadable

NULL = '""'


@dataclass(frozen=True)
class Parts:
    """One repetition of a field, by component and subcomponent, both from 1."""

    _found: Any = field(repr=False)
    _message: Any = field(repr=False)

    def at(self, component: int, sub: int = 1) -> str:
        """Return a subcomponent's text; '' where it is absent or HL7's null."""
        try:
            text = self._found
            if not isinstance(text, str):
                text = text[component - 1]
                text = text if isinstance(text, str) else text[sub - 1]
            elif component != 1 or sub != 1:
                return ""
        except IndexError:
            return ""
        plain = str(text).strip()
        return "" if plain == NULL else str(self._message.unescape(plain)).strip()


@dataclass(frozen=True)
class Segment:
    """One segment of a message."""

    kind: str
    _found: Any = field(repr=False)
    _message: Any = field(repr=False)

    def parts(self, number: int) -> tuple[Parts, ...]:
        """Return the repetitions of a field, from 1."""
        try:
            found = self._found(number)
        except IndexError:
            return ()
        return tuple(Parts(one, self._message) for one in found if str(one).strip())

    def at(self, number: int, component: int = 1, sub: int = 1) -> str:
        """Return the text in a field's first repetition."""
        repetitions = self.parts(number)
        return repetitions[0].at(component, sub) if repetitions else ""

    def whole(self, number: int) -> str:
        """Return a field's text as it was written, unescaped."""
        try:
            return str(self._message.unescape(str(self._found(number)))).strip()
        except IndexError:
            return ""


def segments_of(text: str) -> tuple[Segment, ...]:
    """Return the segments of one message.

    Raises
    ------
    NotReadable
        The library cannot take the message apart.
    """
    try:
        message = hl7.parse(text)
        return tuple(_segments(message))
    except (hl7.HL7Exception, ValueError, IndexError, KeyError, AttributeError) as fault:
        raise NotReadable(
            f"the message cannot be taken apart ({type(fault).__name__}); expected segments of "
            "fields as MSH-1 and MSH-2 say; send it again"
        ) from fault


def _segments(message: Any) -> Iterator[Segment]:  # noqa: ANN401 - hl7 has no types for its parts
    """Yield each segment that has a name."""
    for one in message:
        kind = str(one[0]).strip()
        if len(kind) == 3 and kind.isalnum():
            yield Segment(kind, one, message)
