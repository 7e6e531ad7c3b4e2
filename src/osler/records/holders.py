"""Whose key an object is kept under: the patient's row and its data key, found or made."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select

from osler.clinical import Patient, StudyUid
from osler.errors import NotFound, TryLater
from osler.records.access import Action
from osler.records.door import Door
from osler.records.identity import (
    Received,
    add_patient,
    claim_numbers,
    describe,
    find,
    with_issuer,
)
from osler.records.ids import PatientId, new_id
from osler.records.keys import MasterKey
from osler.records.study_texts import index_person
from osler.records.tables import patients, studies

T = TypeVar("T")
MOST_REMEMBERED = 4096
TRIES = 3
QUARANTINE = PatientId("quarantine")
OVERTAKEN = "another process is adding the same patient; nothing was written; try again"


class Forgotten(NotFound):
    """The patient was forgotten after their key was fetched."""


class Overtaken(TryLater):
    """Another process gave a number to a patient at the same moment."""


@dataclass(frozen=True)
class Holder:
    """A patient's row, and the key of what is kept for them."""

    patient_id: PatientId
    key: bytes = field(repr=False)


class Holders:
    """Finds holders, and remembers those it met.

    What is remembered only saves looking up: the transaction that inserts a row checks again
    that the patient was not forgotten meanwhile.
    """

    def __init__(self, master: MasterKey, *, default_issuer: str | None) -> None:
        self._master = master
        self._default_issuer = default_issuer
        self._met: OrderedDict[object, Holder] = OrderedDict()
        self._lock = threading.Lock()

    def of_document(
        self, door: Door, patient: Patient, received: Received, *, study_uid: StudyUid | None
    ) -> Holder:
        """Return the holder for a document: by its patient's numbers, else by its study.

        A document without a number is of a patient of its own: only the study's UID ties it to
        others.

        Raises
        ------
        IdentityConflict
            The numbers are of two patients, or sex or birth date contradict what is kept.
        """
        met: object = (patient, None if patient.is_identified() else study_uid)
        is_nobody = not patient.is_identified() and study_uid is None
        known = None if is_nobody else self._remembered(met)
        if known is not None:
            return known
        for left in reversed(range(TRIES)):
            try:
                holder = door.write(
                    Action.STORE,
                    lambda connection: (
                        self._found(connection, patient, received, study_uid=study_uid),
                        (),
                    ),
                )
            except Overtaken:
                if not left:
                    raise
            else:
                self._remember(met, holder)
                return holder
        raise Overtaken(OVERTAKEN)

    def of_patient(self, connection: Connection, patient_id: PatientId) -> Holder:
        """Return the holder of a patient that is kept.

        Raises
        ------
        NotFound
            There is no such patient, or the patient was forgotten.
        """
        wrapped = connection.scalar(
            select(patients.c.wrapped_key).where(patients.c.patient_id == patient_id)
        )
        if wrapped is None:
            raise NotFound(
                f"patient {patient_id} is not kept or was forgotten: what was kept cannot be "
                "opened any more; expected the id of a patient that is kept"
            )
        return Holder(patient_id, self._master.unwrap(wrapped, patient_id))

    def met(self, patient_id: PatientId) -> Holder | None:
        """Return a holder met before, by its id."""
        return self._remembered(patient_id)

    def meet(self, holder: Holder) -> None:
        """Remember a holder by its id."""
        self._remember(holder.patient_id, holder)

    def quarantine(self) -> Holder:
        """Return the holder of what came in but could not be used: nobody's, by our own key."""
        return Holder(QUARANTINE, self._master.derive("quarantine"))

    def under(self, find: Callable[[], Holder], keep: Callable[[Holder], T]) -> T:
        """Keep something under a holder's key; once more, where that was destroyed meanwhile."""
        holder = find()
        try:
            return keep(holder)
        except Forgotten:
            self.forget(holder.patient_id)
            return keep(find())

    def forget(self, patient_id: PatientId) -> None:
        """Remember a patient no longer."""
        with self._lock:
            for met in [m for m, holder in self._met.items() if holder.patient_id == patient_id]:
                del self._met[met]

    def _found(
        self,
        connection: Connection,
        patient: Patient,
        received: Received,
        *,
        study_uid: StudyUid | None,
    ) -> Holder:
        """Return the holder, made if need be."""
        numbers = with_issuer(patient, self._default_issuer)
        patient_id = find(connection, numbers)
        if patient_id is None and not numbers and study_uid is not None:
            patient_id = _of_study(connection, study_uid)
        is_known = patient_id is not None
        if patient_id is None:
            patient_id = PatientId(new_id())
            wrapped = self._master.new_data_key(patient_id)
            add_patient(connection, patient_id=patient_id, wrapped_key=wrapped, now=received.now)
        if numbers and not claim_numbers(connection, patient_id, numbers, now=received.now):
            raise Overtaken(OVERTAKEN)
        is_new = describe(connection, patient_id, patient, received=received)
        if is_known and (is_new or len(numbers) > 1):
            index_person(connection, patient_id)
        return self.of_patient(connection, patient_id)

    def _remembered(self, met: object) -> Holder | None:
        """Return a holder met before."""
        with self._lock:
            holder = self._met.get(met)
            if holder is not None:
                self._met.move_to_end(met)
            return holder

    def _remember(self, met: object, holder: Holder) -> None:
        """Remember a holder; the one not met for longest goes."""
        with self._lock:
            self._met[met] = holder
            if len(self._met) > MOST_REMEMBERED:
                self._met.popitem(last=False)


# Built once: it runs for each instance.
_KEY = select(patients.c.wrapped_key).where(patients.c.patient_id == bindparam("of_patient"))


def require_kept(connection: Connection, holder: Holder) -> None:
    """Refuse to keep something under a key that is destroyed by now."""
    if connection.scalar(_KEY, {"of_patient": holder.patient_id}) is None:
        raise Forgotten(
            f"patient {holder.patient_id} was forgotten while this came in; nothing was kept; "
            "send it again"
        )


def _of_study(connection: Connection, study_uid: StudyUid) -> PatientId | None:
    """Return the patient of a study that is kept."""
    found = connection.scalar(
        select(studies.c.patient_id).where(studies.c.study_uid == str(study_uid))
    )
    return PatientId(found) if found is not None else None
