"""Everything that is kept, and who may see it: the only room that opens database and store.

``open_records`` gives `Records`; ``records.acting(actor, purpose)`` gives a `Desk`, where each
read and write checks the actor's roles and leaves its entry in the audit trail.
"""

from osler.records.access import Action, Actor, Purpose, Role
from osler.records.accounts import Accounts, SignedIn, is_same_secret
from osler.records.draft_rows import DraftRow
from osler.records.events import Event, EventKind, Events
from osler.records.identity import Conflicts
from osler.records.ids import (
    DocumentId,
    DraftId,
    FindingId,
    InstanceId,
    JobId,
    ObservationId,
    PatientId,
    ReportId,
    ReviewId,
    SeriesId,
    StudyId,
)
from osler.records.images import InstanceRow, SeriesRow
from osler.records.inputs import Inputs
from osler.records.instances import OtherContent, Outcome, StoredInstance
from osler.records.job_rows import Job
from osler.records.keys import MasterKey, master_key
from osler.records.models import ModelState
from osler.records.patients import Person
from osler.records.quality import Quality
from osler.records.records import SERVICE, SETTING_UP, Desk, Records, RecordsAt, open_records
from osler.records.report_rows import ReportRow
from osler.records.reports import ReportFile, Reports
from osler.records.reviews import FindingRow, NewReview, Reviews
from osler.records.search import FoundStudies, Search, Sort, StudyFilter
from osler.records.study_rows import StudyRow
from osler.records.tokens import Token
from osler.records.trail import AuditEntry, AuditFilter, Verified
from osler.records.uploads import Upload
from osler.records.users import User
from osler.records.values import ObservationRow
from osler.records.workers import Worker
from osler.records.workflow_database import workflow_faults

__all__ = [
    "SERVICE",
    "SETTING_UP",
    "Accounts",
    "Action",
    "Actor",
    "AuditEntry",
    "AuditFilter",
    "Conflicts",
    "Desk",
    "DocumentId",
    "DraftId",
    "DraftRow",
    "Event",
    "EventKind",
    "Events",
    "FindingId",
    "FindingRow",
    "FoundStudies",
    "Inputs",
    "InstanceId",
    "InstanceRow",
    "Job",
    "JobId",
    "MasterKey",
    "ModelState",
    "NewReview",
    "ObservationId",
    "ObservationRow",
    "OtherContent",
    "Outcome",
    "PatientId",
    "Person",
    "Purpose",
    "Quality",
    "Records",
    "RecordsAt",
    "ReportFile",
    "ReportId",
    "ReportRow",
    "Reports",
    "ReviewId",
    "Reviews",
    "Role",
    "Search",
    "SeriesId",
    "SeriesRow",
    "SignedIn",
    "Sort",
    "StoredInstance",
    "StudyFilter",
    "StudyId",
    "StudyRow",
    "Token",
    "Upload",
    "User",
    "Verified",
    "Worker",
    "is_same_secret",
    "master_key",
    "open_records",
    "workflow_faults",
]
