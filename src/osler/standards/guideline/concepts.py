"""What a rule or score means by 'diabetes': the codes and words that stand for it in a record."""

from osler.clinical import ICD10, Code
from osler.standards.guideline.values import Entry

OF_NOBODY = ("family history", "no history", "no evidence", "screening for", "risk of", "suspected")
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"


class CodedWord(Entry):
    """One code of one system."""

    system: str
    code: str


class Concept(Entry):
    """A condition, or a kind of medicine, as records name it.

    ``icd10`` are beginnings of ICD-10 and ICD-10-CM codes ('E11' stands for E11.9 too). ``words``
    are looked for in the display, in small letters; where a code of a known system decides, words
    do not. ``not_words`` rule a display out, as do words that say it is another's, or only looked
    for. ``past_counts``: one that has ended counts too, as a stroke does.
    """

    display: str
    icd10: tuple[str, ...] = ()
    codes: tuple[CodedWord, ...] = ()
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    past_counts: bool = False

    def is_meant_by(self, code: Code) -> bool:
        """Tell whether a coded word of a record is this concept."""
        if any((one.system, one.code) == (code.system, code.code) for one in self.codes):
            return True
        if code.system in (ICD10, ICD10_CM):
            bare = code.code.replace(".", "").upper()
            return any(bare.startswith(one.replace(".", "")) for one in self.icd10)
        said = code.display.lower()
        if any(word in said for word in (*self.not_words, *OF_NOBODY)):
            return False
        return any(word in said for word in self.words)
