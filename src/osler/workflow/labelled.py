"""A data set of stored studies, labelled by what readers said of them.

Headers stay behind: a picture goes out as its pixels alone, its patient under a number that is
drawn anew for every export and kept nowhere. What is burnt into the pixels cannot be taken out
here, so a picture whose header says that it is, is left out.
"""

import csv
import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osler.clinical import Act, Instance, Review, Study
from osler.errors import InputRefused, Misuse
from osler.prepare.film import grey_of
from osler.records import Desk, FindingRow, StudyRow
from osler.report.image import image
from osler.standards.pictures import decode_first

TABLE = "labels.csv"
COLUMNS = (
    "file",
    "patient_id",
    "finding",
    "label",
    "act",
    "reviewed_by",
    "reviewed_at",
    "model",
    "model_version",
    "probability",
    "study_year",
    "modality",
    "view",
    "outline",
)
PAGE = 500


@dataclass(frozen=True)
class Exported:
    """How many pictures were written and labels given, and what was left out, by reason."""

    pictures: int
    labels: Mapping[str, int]
    left_out: Mapping[str, int]


def export_labelled(desk: Desk, folder: Path, *, finding: str | None = None) -> Exported:
    """Write pictures and ``labels.csv`` of every reviewed study.

    Parameters
    ----------
    desk
        Of somebody who may read studies and results, for the purpose of research.
    folder
        Where to write; it must not hold a data set yet.
    finding
        Only this output of a model, by its name; all where None.

    A row is one picture of one reviewed finding: who judged it, when, and how. ``label`` is 1
    where the reader accepts that it is there or adds it, 0 where the reader accepts that it is
    not there or says so; a rejection says nothing of the opposite, and gives no label.

    Raises
    ------
    Misuse
        The folder holds a data set already.
    """
    if (folder / TABLE).exists():
        raise Misuse(f"{folder} holds a {TABLE} already; name another folder")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    export = _Export(desk, folder, secrets.token_bytes(32), Counter(), Counter())
    pictures: set[str] = set()
    part = folder / f"{TABLE}.part"
    with part.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        for row in _studies(desk):
            for line in export.rows_of(row, finding):
                table.writerow(line)
                pictures.add(line["file"])
    part.replace(folder / TABLE)
    return Exported(len(pictures), dict(export.labels), dict(export.left_out))


def _studies(desk: Desk) -> Iterator[StudyRow]:
    """Yield every study that has a result, page by page."""
    before = None
    while page := desk.studies.list(state="analysed", limit=PAGE, before=before):
        yield from page
        before = page[-1].study_id


@dataclass(frozen=True)
class _Export:
    """One export on its way: the key of its pseudonyms is forgotten when it ends."""

    desk: Desk
    folder: Path
    key: bytes
    labels: "Counter[str]"
    left_out: "Counter[str]"

    def rows_of(self, row: StudyRow, finding: str | None) -> Iterator[dict[str, str]]:
        """Yield the lines of one study, its pictures written."""
        current = self.desk.results.current(row.study_id)
        if current is None:
            return
        judged = [
            one
            for one in self.desk.reviews.findings(current.draft_id)
            if one.review is not None and finding in (None, _name(one))
        ]
        if not judged:
            return
        study = self.desk.studies.load(row.study_id)
        written = self._written(study)
        for one in judged:
            label = label_of(one.review) if one.review is not None else None
            if label is None:
                self.left_out["rejected, which says nothing of the opposite"] += 1
                continue
            for instance, name in written:
                self.labels[f"{_name(one)} = {label}"] += 1
                yield self._line(one, label, study=study, instance=instance, name=name)

    def _line(
        self, one: FindingRow, label: int, *, study: Study, instance: Instance, name: str
    ) -> dict[str, str]:
        """Return one line of the table."""
        review, claim = one.review, one.claim
        if review is None:
            raise InputRefused("a finding that nobody reviewed has no label; review it first")
        drawn = review.statement
        outline = ""
        if drawn is not None and drawn.contour and drawn.instance_uid == instance.uid:
            outline = " ".join(f"{row:.1f},{column:.1f}" for row, column in drawn.contour)
        return {
            "file": name,
            "patient_id": self._pseudonym(str(one.patient_id)),
            "finding": _name(one),
            "label": str(label),
            "act": str(review.act),
            "reviewed_by": review.by,
            "reviewed_at": review.at.isoformat(timespec="seconds"),
            "model": claim.model.name if claim else "",
            "model_version": claim.model.version if claim else "",
            "probability": f"{claim.probability.value:.6f}" if claim else "",
            "study_year": str(study.study_date.year) if study.study_date else "",
            "modality": instance.modality or "",
            "view": instance.view_position or "",
            "outline": outline,
        }

    def _written(self, study: Study) -> list[tuple[Instance, str]]:
        """Write the pictures of a study as PNG without any header; return their names."""
        written: list[tuple[Instance, str]] = []
        for instance in study.instances():
            if not instance.has_pixels:
                continue
            if instance.burned_in_annotation:
                self.left_out["text is burnt into the picture"] += 1
                continue
            try:
                picture = decode_first(instance)
            except InputRefused:
                self.left_out["does not decode"] += 1
                continue
            name = f"images/{self._pseudonym(str(instance.uid))}.png"
            pixels = np.rint(grey_of(picture)).astype(np.uint8)
            if picture.is_colour():
                low, high = picture.window
                scaled = (picture.pixels - low) * (255.0 / max(high - low, 1e-6))
                pixels = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
            (self.folder / name).write_bytes(image(pixels))
            written.append((instance, name))
        return written

    def _pseudonym(self, identifier: str) -> str:
        """Return a number that tells one patient from another and leads back to none."""
        return hmac.new(self.key, identifier.encode(), hashlib.sha256).hexdigest()[:16]


def label_of(review: Review) -> int | None:
    """Return 1 where a reader says that it is there, 0 where not, None where nothing is said."""
    if review.statement is not None and review.act in (Act.ADD, Act.EDIT):
        return int(review.statement.present)
    if review.act is Act.ACCEPT and review.claim is not None:
        return int(review.claim.positive)
    return None


def _name(one: FindingRow) -> str:
    """Return the name of a finding: the model's output, or the reader's words for an added one."""
    if one.claim is not None:
        return one.claim.name
    statement = one.review.statement if one.review is not None else None
    return statement.display if statement is not None else ""
