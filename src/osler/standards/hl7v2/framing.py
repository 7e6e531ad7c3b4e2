"""Bytes to messages: line ends, batches, byte order marks and character sets.

The standard ends a segment by CR; files in the field end it by LF or CRLF as well.

References
----------
HL7 v2.8 chapters 2.5 and 2.10, table 0211.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A message begins with MSH at the start of a line, also behind MLLP's start byte or a BOM.
BEGINNING = re.compile(rb"(?:^|(?<=[\r\n\x0b\x1c]))(?:\xef\xbb\xbf)?[ \t]*(?=MSH[^A-Za-z0-9])")
# What stands around messages: batch envelopes and MLLP's frame.
ENVELOPE = re.compile(r"(?:FHS|BHS|BTS|FTS)[^A-Za-z0-9]")
BREAKS = re.compile(r"\r\n|\r|\n")
SETS = {
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "ISO IR14": "shift_jis",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "big5",
    "BIG-5": "big5",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
}


@dataclass(frozen=True)
class Framed:
    """One message of a file: its bytes as they came, its segments, and what was assumed.

    ``text`` has CR behind each segment but the last. ``fault`` says why it is none.
    """

    content: bytes
    text: str
    line: int
    said: tuple[str, ...] = ()
    fault: str | None = None


def frames(content: bytes) -> Iterator[Framed]:
    """Yield the messages of a file; one without any gives one with its fault."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", errors="replace").encode()
    starts = [found.start() for found in BEGINNING.finditer(content)]
    if not starts:
        fault = "it holds no MSH segment, with which every HL7 v2 message begins"
        yield Framed(content, "", 1, fault=fault)
        return
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        line = len(re.findall(rb"\r\n|\r|\n", content[:start])) + 1
        yield _framed(content[start:end], line)


def _framed(content: bytes, line: int) -> Framed:
    """Return one message, decoded by the character set that it names."""
    plain = content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\x0b\x1c\r\n")
    text, said = _decoded(plain)
    kept = []
    for segment in BREAKS.split(text):
        whole = segment.strip("\x0b\x1c").rstrip()
        if ENVELOPE.match(whole):
            continue
        if whole:
            kept.append(whole.lstrip())
    return Framed(content, "\r".join(kept), line, tuple(said), _fault(kept[0]))


def _decoded(plain: bytes) -> tuple[str, list[str]]:
    """Return a message's text, and what had to be assumed to know it."""
    fields = re.split(rb"[\r\n]", plain, maxsplit=1)[0].split(plain[3:4])
    stated = fields[17].decode("ascii", errors="replace") if len(fields) > 17 else ""
    first = re.split(r"[~^]", stated)[0].strip().upper()
    encoding = SETS.get(first, "utf-8")
    said = []
    if first and first not in SETS:
        said.append(f"the character set {first[:20]!r} is not known, taken as UTF-8")
    try:
        return plain.decode(encoding), said
    except UnicodeDecodeError:
        for other in ("utf-8", "iso8859-1"):
            try:
                text = plain.decode(other)
            except UnicodeDecodeError:
                continue
            named = f"not {first}" if first else "no character set is stated"
            return text, [*said, f"{named}, read as {other.upper()}: check names with umlauts"]
        raise


def _fault(header: str) -> str | None:
    """Return what is wrong with an MSH segment."""
    separator = header[3:4]
    if not separator or separator.isspace():
        return "MSH-1 is white space, expected the field separator, such as |"
    encoding = header[4:].split(separator, maxsplit=1)[0]
    if not 3 <= len(encoding) <= 5 or len(set(encoding)) != len(encoding):
        return (
            f"MSH-2 is {encoding[:20]!r}, expected the four or five encoding characters, "
            "such as ^~\\&"
        )
    if any(one.isalnum() or one.isspace() for one in encoding):
        return f"MSH-2 is {encoding[:20]!r}, expected characters that are no letters or digits"
    return None
