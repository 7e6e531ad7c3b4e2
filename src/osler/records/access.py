"""Who may do what. A role allows acts; an act that no role of the actor allows is refused."""

from dataclasses import dataclass
from enum import StrEnum

from osler.errors import NotAllowed


class Role(StrEnum):
    """What a person, or Osler's own worker (``service``), is here for."""

    CLINICIAN = "clinician"
    READER = "reader"
    INTEGRATOR = "integrator"
    DATA_SCIENTIST = "data scientist"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"


class Purpose(StrEnum):
    """Why, in the codes of HL7 v3 PurposeOfUse."""

    TREATMENT = "TREAT"
    OPERATIONS = "HOPERAT"
    RESEARCH = "HRESCH"
    ADMINISTRATION = "SYSADMIN"
    PATIENT_REQUEST = "PATRQT"


class Action(StrEnum):
    """One kind of act, as the audit trail names it."""

    STORE = "store"
    REFUSE = "refuse"
    COMPLETE = "complete"
    LIST_STUDIES = "list studies"
    READ_STUDY = "read study"
    READ_PATIENT = "read patient"
    READ_RECORD = "read record"
    READ_RESULT = "read result"
    WRITE_RESULT = "write result"
    MERGE = "merge patients"
    FORGET = "forget patient"
    READ_JOBS = "read jobs"
    CHANGE_JOB = "change job"
    WORK = "work"
    READ_MODELS = "read models"
    SET_MODEL = "set model"
    READ_USERS = "read users"
    CHANGE_USERS = "change users"
    READ_AUDIT = "read audit"
    READ_EVENTS = "read events"
    READ_MONITORING = "read monitoring"
    READ_QUALITY = "read data quality"
    REVIEW = "review"
    SIGN = "sign"
    SIGN_IN = "sign in"
    CHANGE_OWN = "change own account"
    MAINTAIN = "maintain"


_CARE = frozenset({Role.CLINICIAN, Role.READER})
_ALLOWED: dict[Action, frozenset[Role]] = {
    Action.STORE: frozenset({Role.INTEGRATOR, Role.CLINICIAN, Role.SERVICE}),
    Action.REFUSE: frozenset({Role.INTEGRATOR, Role.CLINICIAN, Role.SERVICE}),
    Action.COMPLETE: frozenset({Role.INTEGRATOR, Role.CLINICIAN, Role.SERVICE}),
    Action.LIST_STUDIES: _CARE | {Role.INTEGRATOR, Role.ADMINISTRATOR, Role.SERVICE},
    Action.READ_STUDY: _CARE | {Role.SERVICE},
    Action.READ_PATIENT: _CARE | {Role.INTEGRATOR, Role.SERVICE},
    Action.READ_RECORD: _CARE | {Role.SERVICE},
    Action.READ_RESULT: _CARE | {Role.SERVICE},
    Action.WRITE_RESULT: frozenset({Role.SERVICE}),
    Action.MERGE: frozenset({Role.INTEGRATOR, Role.ADMINISTRATOR}),
    Action.FORGET: frozenset({Role.ADMINISTRATOR}),
    Action.READ_JOBS: _CARE | {Role.INTEGRATOR, Role.ADMINISTRATOR, Role.SERVICE},
    Action.CHANGE_JOB: frozenset({Role.INTEGRATOR, Role.ADMINISTRATOR, Role.SERVICE}),
    Action.WORK: frozenset({Role.SERVICE}),
    Action.READ_MODELS: frozenset(Role),
    Action.SET_MODEL: frozenset({Role.ADMINISTRATOR, Role.DATA_SCIENTIST}),
    Action.READ_USERS: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Action.CHANGE_USERS: frozenset({Role.ADMINISTRATOR}),
    Action.READ_AUDIT: frozenset({Role.AUDITOR}),
    Action.READ_EVENTS: _CARE | {Role.INTEGRATOR, Role.ADMINISTRATOR},
    Action.READ_MONITORING: _CARE | {Role.DATA_SCIENTIST, Role.ADMINISTRATOR},
    Action.READ_QUALITY: _CARE | {Role.INTEGRATOR, Role.ADMINISTRATOR},
    Action.REVIEW: _CARE,
    Action.SIGN: frozenset({Role.CLINICIAN}),
    Action.SIGN_IN: frozenset({Role.SERVICE}),
    Action.CHANGE_OWN: frozenset(Role) - {Role.SERVICE},
    Action.MAINTAIN: frozenset({Role.ADMINISTRATOR}),
}
# What Osler's worker does by itself many times a second, with ids and counts alone: looking for
# work, and telling that it lives. An audit entry for each would bury those that matter.
UNAUDITED = frozenset({Action.WORK})


@dataclass(frozen=True)
class Actor:
    """Who acts: a user's name and roles."""

    name: str
    roles: frozenset[Role]

    def may(self, action: Action) -> bool:
        """Tell whether a role of the actor allows an act."""
        return bool(self.roles & _ALLOWED[action])


def require(actor: Actor, action: Action) -> None:
    """Refuse an act that no role of the actor allows.

    Raises
    ------
    NotAllowed
        Names the roles that would allow it.
    """
    if not actor.may(action):
        has = ", ".join(sorted(actor.roles)) or "none"
        needs = ", ".join(sorted(_ALLOWED[action]))
        raise NotAllowed(
            f"user {actor.name!r} may not {action}: found the roles {has}, expected one of "
            f"{needs}; ask an administrator (osler users roles)"
        )
