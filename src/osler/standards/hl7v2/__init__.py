"""HL7 v2: files into messages, and messages into what they say of their patients."""

from osler.standards.hl7v2.framing import Framed, frames
from osler.standards.hl7v2.messages import Said, Spoken, read_message

__all__ = ["Framed", "Said", "Spoken", "frames", "read_message"]
