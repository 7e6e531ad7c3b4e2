"""Every call of the API. Written by tools/client_file.py from docs/reference/openapi.json; do not edit by hand."""

from collections.abc import Iterator
from typing import Literal, cast

from osler.client._generated.shapes import (
    Accept,
    Action,
    Add,
    AddendumOrder,
    AgreementShown,
    AlertShown,
    AssessmentShown,
    CalibrationShown,
    Card,
    CheckShown,
    Closure,
    DraftShown,
    Edit,
    EntryShown,
    EventShown,
    FindingShown,
    Health,
    InstanceShown,
    JobShown,
    MergeOrder,
    Merged,
    ModelShown,
    ObservationShown,
    PageDraftShown,
    PageEntryShown,
    PageFindingShown,
    PageInstanceShown,
    PageJobShown,
    PageModelShown,
    PageObservationShown,
    PagePatientShown,
    PagePersonsResult,
    PageReportShown,
    PageReviewShown,
    PageSeriesShown,
    PageStudyShown,
    PageUserShown,
    PasswordChange,
    PasswordOrder,
    PatientShown,
    PersonsResult,
    Proof,
    ProposalShown,
    QualityShown,
    Readiness,
    RecordCard,
    RecordShown,
    Reject,
    ReportShown,
    ResultShown,
    ReviewShown,
    RolesOrder,
    RulesShown,
    ScoreShown,
    SeriesShown,
    Session,
    SignIn,
    SignatureOrder,
    Signed,
    StateOrder,
    StudyShown,
    TokenMade,
    TokenOrder,
    TokenShown,
    UploadOrder,
    UploadShown,
    UserOrder,
    UserShown,
    WatchShown,
    WholeShown,
)
from osler.client.transport import Download, Transport, quoted

EACH = 200


class Operations(Transport):
    """The calls, each named as in the documentation of the API."""

    def sign_in(
        self,
        body: SignIn,
    ) -> Session:
        """Sign in. The session is a cookie; `csrf` goes with every write as X-CSRF-Token."""
        return cast("Session", self._call(
            "POST",
            "/api/v1/account/session",
            body=body,
        ))

    def get_session(
        self,
    ) -> Session:
        """Return who is signed in."""
        return cast("Session", self._call(
            "GET",
            "/api/v1/account/session",
        ))

    def sign_out(
        self,
    ) -> None:
        """Sign out."""
        self._call(
            "DELETE",
            "/api/v1/account/session",
        )

    def prove(
        self,
        body: Proof,
    ) -> None:
        """Give the password again: signing a report asks for it when it was given long ago."""
        self._call(
            "POST",
            "/api/v1/account/proof",
            body=body,
        )

    def change_password(
        self,
        body: PasswordChange,
    ) -> None:
        """Change one's own password. All sessions end, this one too."""
        self._call(
            "POST",
            "/api/v1/account/password",
            body=body,
        )

    def list_tokens(
        self,
    ) -> list[TokenShown]:
        """Return one's own tokens."""
        return cast("list[TokenShown]", self._call(
            "GET",
            "/api/v1/account/tokens",
        ))

    def make_token(
        self,
        body: TokenOrder,
    ) -> TokenMade:
        """Make a token for a program. Its secret is shown this once."""
        return cast("TokenMade", self._call(
            "POST",
            "/api/v1/account/tokens",
            body=body,
        ))

    def revoke_token(
        self,
        token_id: str,
    ) -> None:
        """Revoke a token of one's own."""
        self._call(
            "DELETE",
            f"/api/v1/account/tokens/{quoted(token_id)}",
        )

    def list_studies(
        self,
        *,
        sort: Literal["newest", "urgent"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        q: str | None = None,
        state: Literal["receiving", "complete", "queued", "analysed", "failed", "cancelled"] | None = None,
        priority: Literal["urgent", "routine"] | None = None,
        source: str | None = None,
        modality: str | None = None,
        study_from: str | None = None,
        study_to: str | None = None,
        accession_number: str | None = None,
        study_uid: str | None = None,
        patient_id: str | None = None,
        identifier: str | None = None,
        issuer: str | None = None,
    ) -> PageStudyShown:
        """List studies: all, or those that every filter lets through."""
        return cast("PageStudyShown", self._call(
            "GET",
            "/api/v1/studies",
            query={"sort": sort, "limit": limit, "cursor": cursor, "q": q, "state": state, "priority": priority, "source": source, "modality": modality, "study_from": study_from, "study_to": study_to, "accession_number": accession_number, "study_uid": study_uid, "patient_id": patient_id, "identifier": identifier, "issuer": issuer},
        ))

    def all_studies(
        self,
        *,
        sort: Literal["newest", "urgent"] | None = None,
        q: str | None = None,
        state: Literal["receiving", "complete", "queued", "analysed", "failed", "cancelled"] | None = None,
        priority: Literal["urgent", "routine"] | None = None,
        source: str | None = None,
        modality: str | None = None,
        study_from: str | None = None,
        study_to: str | None = None,
        accession_number: str | None = None,
        study_uid: str | None = None,
        patient_id: str | None = None,
        identifier: str | None = None,
        issuer: str | None = None,
    ) -> Iterator[StudyShown]:
        """Go through all pages of `list_studies`."""
        cursor = None
        while True:
            page = self.list_studies(
                sort=sort,
                q=q,
                state=state,
                priority=priority,
                source=source,
                modality=modality,
                study_from=study_from,
                study_to=study_to,
                accession_number=accession_number,
                study_uid=study_uid,
                patient_id=patient_id,
                identifier=identifier,
                issuer=issuer,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_study(
        self,
        study_id: str,
    ) -> StudyShown:
        """Return one study."""
        return cast("StudyShown", self._call(
            "GET",
            f"/api/v1/studies/{quoted(study_id)}",
        ))

    def complete_study(
        self,
        study_id: str,
        *,
        if_match: str | None = None,
    ) -> None:
        """Say that nothing more comes of this study: it is analysed at once. Repeating does no
        harm.
        """
        self._call(
            "POST",
            f"/api/v1/studies/{quoted(study_id)}/completion",
            headers={"If-Match": if_match},
        )

    def list_series(
        self,
        study_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageSeriesShown:
        """List the series of a study in the order in which they came."""
        return cast("PageSeriesShown", self._call(
            "GET",
            f"/api/v1/studies/{quoted(study_id)}/series",
            query={"limit": limit, "cursor": cursor},
        ))

    def all_series(
        self,
        study_id: str,
    ) -> Iterator[SeriesShown]:
        """Go through all pages of `list_series`."""
        cursor = None
        while True:
            page = self.list_series(
                study_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_series(
        self,
        series_id: str,
    ) -> SeriesShown:
        """Return one series."""
        return cast("SeriesShown", self._call(
            "GET",
            f"/api/v1/series/{quoted(series_id)}",
        ))

    def list_instances(
        self,
        study_id: str,
        *,
        series_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageInstanceShown:
        """List the current instances of a study, or of one of its series, as they came in."""
        return cast("PageInstanceShown", self._call(
            "GET",
            f"/api/v1/studies/{quoted(study_id)}/instances",
            query={"series_id": series_id, "limit": limit, "cursor": cursor},
        ))

    def all_instances(
        self,
        study_id: str,
        *,
        series_id: str | None = None,
    ) -> Iterator[InstanceShown]:
        """Go through all pages of `list_instances`."""
        cursor = None
        while True:
            page = self.list_instances(
                study_id,
                series_id=series_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_instance(
        self,
        instance_id: str,
    ) -> InstanceShown:
        """Return one instance, also one that was superseded."""
        return cast("InstanceShown", self._call(
            "GET",
            f"/api/v1/instances/{quoted(instance_id)}",
        ))

    def get_instance_file(
        self,
        instance_id: str,
    ) -> Download:
        """Return the file of an instance, bit for bit as it came."""
        return self._download(
            "GET",
            f"/api/v1/instances/{quoted(instance_id)}/file",
        )

    def get_frame(
        self,
        instance_id: str,
        number: int,
    ) -> Download:
        """Return a frame as PNG: the values of a grey one in 16 bits, a coloured one as it is
        seen.
        """
        return self._download(
            "GET",
            f"/api/v1/instances/{quoted(instance_id)}/frames/{quoted(number)}",
        )

    def get_rendered(
        self,
        instance_id: str,
        *,
        frame: int | None = None,
        window_center: float | None = None,
        window_width: float | None = None,
        longest: int | None = None,
        finding_id: str | None = None,
        overlay: Literal["all", "evidence", "outlines"] | None = None,
    ) -> Download:
        """Return what a window shows of an instance, as PNG, with what a finding points to over
        it.

        A model's outlines are dashed, a person's are solid.
        """
        return self._download(
            "GET",
            f"/api/v1/instances/{quoted(instance_id)}/rendered",
            query={"frame": frame, "window_center": window_center, "window_width": window_width, "longest": longest, "finding_id": finding_id, "overlay": overlay},
        )

    def get_result(
        self,
        study_id: str,
    ) -> ResultShown:
        """Return the current result of a study: findings, what was not assessed, advice.

        Each finding names its model and version; `calibrations` say how its probability was made
        one.
        """
        return cast("ResultShown", self._call(
            "GET",
            f"/api/v1/studies/{quoted(study_id)}/result",
        ))

    def get_assessment(
        self,
        study_id: str,
    ) -> AssessmentShown:
        """Return the assessment of a study: urgency, weighings, scores, suggestions, trends,
        notes.
        """
        return cast("AssessmentShown", self._call(
            "GET",
            f"/api/v1/studies/{quoted(study_id)}/assessment",
        ))

    def find_patients(
        self,
        *,
        identifier: str,
        issuer: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PagePatientShown:
        """Find the patients who have a number."""
        return cast("PagePatientShown", self._call(
            "GET",
            "/api/v1/patients",
            query={"identifier": identifier, "issuer": issuer, "limit": limit, "cursor": cursor},
        ))

    def get_patient(
        self,
        patient_id: str,
    ) -> PatientShown:
        """Return one patient as all rows that are one person describe them."""
        return cast("PatientShown", self._call(
            "GET",
            f"/api/v1/patients/{quoted(patient_id)}",
        ))

    def get_record(
        self,
        patient_id: str,
    ) -> RecordShown:
        """Return what the documents say of a patient."""
        return cast("RecordShown", self._call(
            "GET",
            f"/api/v1/patients/{quoted(patient_id)}/record",
        ))

    def list_observations(
        self,
        patient_id: str,
        *,
        code: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageObservationShown:
        """List the values of a patient's record, the newest first, as written and as used."""
        return cast("PageObservationShown", self._call(
            "GET",
            f"/api/v1/patients/{quoted(patient_id)}/observations",
            query={"code": code, "limit": limit, "cursor": cursor},
        ))

    def all_observations(
        self,
        patient_id: str,
        *,
        code: str | None = None,
    ) -> Iterator[ObservationShown]:
        """Go through all pages of `list_observations`."""
        cursor = None
        while True:
            page = self.list_observations(
                patient_id,
                code=code,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def list_results(
        self,
        patient_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PagePersonsResult:
        """List the current results of a person, the newest first."""
        return cast("PagePersonsResult", self._call(
            "GET",
            f"/api/v1/patients/{quoted(patient_id)}/results",
            query={"limit": limit, "cursor": cursor},
        ))

    def all_results(
        self,
        patient_id: str,
    ) -> Iterator[PersonsResult]:
        """Go through all pages of `list_results`."""
        cursor = None
        while True:
            page = self.list_results(
                patient_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def merge_patient(
        self,
        patient_id: str,
        body: MergeOrder,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Merged:
        """Say that a patient is the same person as another, who lives on. It can be taken back."""
        return cast("Merged", self._call(
            "POST",
            f"/api/v1/patients/{quoted(patient_id)}/merge",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def unmerge_patient(
        self,
        patient_id: str,
        *,
        if_match: str | None = None,
    ) -> None:
        """Take back that a patient was merged into another."""
        self._call(
            "DELETE",
            f"/api/v1/patients/{quoted(patient_id)}/merge",
            headers={"If-Match": if_match},
        )

    def list_drafts(
        self,
        *,
        study_id: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageDraftShown:
        """List the results of a study, the newest first."""
        return cast("PageDraftShown", self._call(
            "GET",
            "/api/v1/drafts",
            query={"study_id": study_id, "limit": limit, "cursor": cursor},
        ))

    def all_drafts(
        self,
        *,
        study_id: str,
    ) -> Iterator[DraftShown]:
        """Go through all pages of `list_drafts`."""
        cursor = None
        while True:
            page = self.list_drafts(
                study_id=study_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_preview(
        self,
        draft_id: str,
        kind: Literal["pdf", "html", "json", "fhir"],
    ) -> Download:
        """Return a draft with its reviews, printed as it would be signed; or as it was.

        Its ETag stands for the reviews that it shows: sent as If-Match with the signature, nothing
        else is signed.
        """
        return self._download(
            "GET",
            f"/api/v1/drafts/{quoted(draft_id)}/preview/{quoted(kind)}",
        )

    def sign_draft(
        self,
        draft_id: str,
        body: SignatureOrder,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Signed:
        """Sign a draft: it becomes a report that is never changed. Needs the password given
        lately.

        Signed meanwhile, or superseded: 409, with who and when. Reviewed since If-Match: 412.
        """
        return cast("Signed", self._call(
            "POST",
            f"/api/v1/drafts/{quoted(draft_id)}/signature",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def list_findings(
        self,
        *,
        draft_id: str,
        limit: int | None = None,
        cursor: str | None = None,
        reviewed: bool | None = None,
    ) -> PageFindingShown:
        """List the findings of a draft: those of models, then those that people added."""
        return cast("PageFindingShown", self._call(
            "GET",
            "/api/v1/findings",
            query={"draft_id": draft_id, "limit": limit, "cursor": cursor, "reviewed": reviewed},
        ))

    def all_findings(
        self,
        *,
        draft_id: str,
        reviewed: bool | None = None,
    ) -> Iterator[FindingShown]:
        """Go through all pages of `list_findings`."""
        cursor = None
        while True:
            page = self.list_findings(
                draft_id=draft_id,
                reviewed=reviewed,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_finding(
        self,
        finding_id: str,
    ) -> FindingShown:
        """Return one finding with the act on it that is in force."""
        return cast("FindingShown", self._call(
            "GET",
            f"/api/v1/findings/{quoted(finding_id)}",
        ))

    def list_reviews(
        self,
        draft_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageReviewShown:
        """List all acts on a draft, the first one first; those that a later one supersedes too.

        The ETag stands for those in force, as that of the draft's preview does.
        """
        return cast("PageReviewShown", self._call(
            "GET",
            f"/api/v1/drafts/{quoted(draft_id)}/reviews",
            query={"limit": limit, "cursor": cursor},
        ))

    def all_reviews(
        self,
        draft_id: str,
    ) -> Iterator[ReviewShown]:
        """Go through all pages of `list_reviews`."""
        cursor = None
        while True:
            page = self.list_reviews(
                draft_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def make_review(
        self,
        draft_id: str,
        body: Accept | Edit | Reject | Add,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ReviewShown:
        """Accept, edit or reject a finding, or add one. An earlier act on it is superseded.

        The draft was signed or superseded: 409, with who and when. Another act since If-Match: 412.
        """
        return cast("ReviewShown", self._call(
            "POST",
            f"/api/v1/drafts/{quoted(draft_id)}/reviews",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def list_reports(
        self,
        *,
        study_id: str | None = None,
        patient_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageReportShown:
        """List signed reports, the one signed last first."""
        return cast("PageReportShown", self._call(
            "GET",
            "/api/v1/reports",
            query={"study_id": study_id, "patient_id": patient_id, "limit": limit, "cursor": cursor},
        ))

    def all_reports(
        self,
        *,
        study_id: str | None = None,
        patient_id: str | None = None,
    ) -> Iterator[ReportShown]:
        """Go through all pages of `list_reports`."""
        cursor = None
        while True:
            page = self.list_reports(
                study_id=study_id,
                patient_id=patient_id,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_report(
        self,
        report_id: str,
    ) -> ReportShown:
        """Return who signed a report and when, what was added, and whether there is newer."""
        return cast("ReportShown", self._call(
            "GET",
            f"/api/v1/reports/{quoted(report_id)}",
        ))

    def get_report_file(
        self,
        report_id: str,
        kind: Literal["pdf", "html", "json", "fhir"],
        *,
        edition: int | None = None,
    ) -> Download:
        """Return a report as it was printed when it was signed, or when the addendum was."""
        return self._download(
            "GET",
            f"/api/v1/reports/{quoted(report_id)}/files/{quoted(kind)}",
            query={"edition": edition},
        )

    def add_addendum(
        self,
        report_id: str,
        body: AddendumOrder,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ReportShown:
        """Sign an addendum. What was signed before stays; the next edition has the text at its
        end.
        """
        return cast("ReportShown", self._call(
            "POST",
            f"/api/v1/reports/{quoted(report_id)}/addenda",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def begin_upload(
        self,
        body: UploadOrder,
        *,
        idempotency_key: str | None = None,
    ) -> UploadShown:
        """Begin an upload. Refused with 503 while disk or queue are full."""
        return cast("UploadShown", self._call(
            "POST",
            "/api/v1/uploads",
            headers={"Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def get_upload(
        self,
        upload_id: str,
    ) -> UploadShown:
        """Return where an upload of one's own stands."""
        return cast("UploadShown", self._call(
            "GET",
            f"/api/v1/uploads/{quoted(upload_id)}",
        ))

    def append_part(
        self,
        upload_id: str,
        content: bytes,
        *,
        upload_offset: int,
    ) -> UploadShown:
        """Add the next part, at most 32 MB. With the last one the upload is stored and enqueued.

        The answer comes when the part is on disk; that of the last part when all of it is stored. A
        part that does not begin where the upload stands gets 409: ask where it stands and go on.
        """
        return cast("UploadShown", self._call(
            "PATCH",
            f"/api/v1/uploads/{quoted(upload_id)}",
            headers={"Upload-Offset": upload_offset},
            content=content,
        ))

    def send_whole(
        self,
        content: bytes,
        *,
        name: str,
        source: str | None = None,
        priority: Literal["urgent", "routine"] | None = None,
    ) -> WholeShown:
        """Send a small file in one request, at most 32 MB: it is stored and enqueued when this
        answers.

        Where the line broke it may be sent again: what is there already counts as stored. A file
        that is larger, or a line that is bad, wants an upload in parts.
        """
        return cast("WholeShown", self._call(
            "PUT",
            "/api/v1/files",
            query={"name": name, "source": source, "priority": priority},
            content=content,
        ))

    def list_jobs(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["waiting", "claimed", "running", "done", "quarantined", "cancelled"] | None = None,
    ) -> PageJobShown:
        """List jobs, the newest first."""
        return cast("PageJobShown", self._call(
            "GET",
            "/api/v1/jobs",
            query={"limit": limit, "cursor": cursor, "state": state},
        ))

    def all_jobs(
        self,
        *,
        state: Literal["waiting", "claimed", "running", "done", "quarantined", "cancelled"] | None = None,
    ) -> Iterator[JobShown]:
        """Go through all pages of `list_jobs`."""
        cursor = None
        while True:
            page = self.list_jobs(
                state=state,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_job(
        self,
        job_id: str,
    ) -> JobShown:
        """Return one job."""
        return cast("JobShown", self._call(
            "GET",
            f"/api/v1/jobs/{quoted(job_id)}",
        ))

    def retry_job(
        self,
        job_id: str,
        *,
        if_match: str | None = None,
    ) -> JobShown:
        """Do a job again that is quarantined or was cancelled; any other gets 409."""
        return cast("JobShown", self._call(
            "POST",
            f"/api/v1/jobs/{quoted(job_id)}/retry",
            headers={"If-Match": if_match},
        ))

    def cancel_job(
        self,
        job_id: str,
        *,
        if_match: str | None = None,
    ) -> JobShown:
        """Cancel a job that waits or is at work; any other gets 409."""
        return cast("JobShown", self._call(
            "POST",
            f"/api/v1/jobs/{quoted(job_id)}/cancellation",
            headers={"If-Match": if_match},
        ))

    def list_models(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageModelShown:
        """List all packages by name, the newest version first, with the state of each."""
        return cast("PageModelShown", self._call(
            "GET",
            "/api/v1/models",
            query={"limit": limit, "cursor": cursor},
        ))

    def all_models(
        self,
    ) -> Iterator[ModelShown]:
        """Go through all pages of `list_models`."""
        cursor = None
        while True:
            page = self.list_models(
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_model(
        self,
        name: str,
        version: str,
    ) -> ModelShown:
        """Return one package with its state."""
        return cast("ModelShown", self._call(
            "GET",
            f"/api/v1/models/{quoted(name)}/{quoted(version)}",
        ))

    def get_card(
        self,
        name: str,
        version: str,
    ) -> Card | RecordCard:
        """Return the whole card: what a package is for, how good it is, and what it is not for."""
        return cast("Card | RecordCard", self._call(
            "GET",
            f"/api/v1/models/{quoted(name)}/{quoted(version)}/card",
        ))

    def set_model_state(
        self,
        name: str,
        version: str,
        body: StateOrder,
        *,
        if_match: str | None = None,
    ) -> ModelShown:
        """Set how a package is used at this site: active, in shadow, or not at all.

        A package that is refused, or is for research only and not allowed, cannot be set: 409.
        """
        return cast("ModelShown", self._call(
            "PUT",
            f"/api/v1/models/{quoted(name)}/{quoted(version)}/state",
            headers={"If-Match": if_match},
            body=body,
        ))

    def list_rules(
        self,
    ) -> RulesShown:
        """List every rule that may advise; one that nobody read in its source is never shown."""
        return cast("RulesShown", self._call(
            "GET",
            "/api/v1/guidelines/rules",
        ))

    def list_scores(
        self,
    ) -> list[ScoreShown]:
        """List every score that can be computed, with its source."""
        return cast("list[ScoreShown]", self._call(
            "GET",
            "/api/v1/guidelines/scores",
        ))

    def list_watches(
        self,
    ) -> list[WatchShown]:
        """Return where every watch on what comes in stands."""
        return cast("list[WatchShown]", self._call(
            "GET",
            "/api/v1/monitoring/watches",
        ))

    def list_alerts(
        self,
        *,
        only_open: bool | None = None,
        limit: int | None = None,
    ) -> list[AlertShown]:
        """Return alerts, the newest first."""
        return cast("list[AlertShown]", self._call(
            "GET",
            "/api/v1/monitoring/alerts",
            query={"only_open": only_open, "limit": limit},
        ))

    def close_alert(
        self,
        alert_id: str,
        body: Closure,
    ) -> None:
        """Say that an alert was looked into, and what was found."""
        self._call(
            "POST",
            f"/api/v1/monitoring/alerts/{quoted(alert_id)}/closure",
            body=body,
        )

    def get_agreement(
        self,
    ) -> list[AgreementShown]:
        """Return how often readers agreed with models, by output and sex."""
        return cast("list[AgreementShown]", self._call(
            "GET",
            "/api/v1/monitoring/agreement",
        ))

    def get_calibration(
        self,
        *,
        model: str,
        version: str,
        name: str,
    ) -> CalibrationShown:
        """Return how an output's probabilities agree with its reviewed cases; 404: too few."""
        return cast("CalibrationShown", self._call(
            "GET",
            "/api/v1/monitoring/calibration",
            query={"model": model, "version": version, "name": name},
        ))

    def get_proposal(
        self,
        *,
        model: str,
        version: str,
        name: str,
    ) -> ProposalShown:
        """Return the recalibration that reviewed cases suggest; 404 where they are too few."""
        return cast("ProposalShown", self._call(
            "GET",
            "/api/v1/monitoring/proposal",
            query={"model": model, "version": version, "name": name},
        ))

    def get_quality(
        self,
        *,
        days: int | None = None,
    ) -> QualityShown:
        """Return what is kept, by state, and what came in that was not right."""
        return cast("QualityShown", self._call(
            "GET",
            "/api/v1/quality",
            query={"days": days},
        ))

    def list_users(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageUserShown:
        """List all users by name."""
        return cast("PageUserShown", self._call(
            "GET",
            "/api/v1/users",
            query={"limit": limit, "cursor": cursor},
        ))

    def all_users(
        self,
    ) -> Iterator[UserShown]:
        """Go through all pages of `list_users`."""
        cursor = None
        while True:
            page = self.list_users(
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def add_user(
        self,
        body: UserOrder,
        *,
        idempotency_key: str | None = None,
    ) -> UserShown:
        """Add a user, with a first password if one is given."""
        return cast("UserShown", self._call(
            "POST",
            "/api/v1/users",
            headers={"Idempotency-Key": idempotency_key},
            body=body,
            is_keyed=True,
        ))

    def get_user(
        self,
        name: str,
    ) -> UserShown:
        """Return one user."""
        return cast("UserShown", self._call(
            "GET",
            f"/api/v1/users/{quoted(name)}",
        ))

    def set_roles(
        self,
        name: str,
        body: RolesOrder,
        *,
        if_match: str | None = None,
    ) -> UserShown:
        """Give a user these roles and no others. What they are signed in to holds to it at once."""
        return cast("UserShown", self._call(
            "PUT",
            f"/api/v1/users/{quoted(name)}/roles",
            headers={"If-Match": if_match},
            body=body,
        ))

    def set_first_password(
        self,
        name: str,
        body: PasswordOrder,
    ) -> None:
        """Give a user a password that they have to change at once. All of their sessions end."""
        self._call(
            "PUT",
            f"/api/v1/users/{quoted(name)}/password",
            body=body,
        )

    def disable_user(
        self,
        name: str,
        *,
        if_match: str | None = None,
    ) -> UserShown:
        """Let a user do nothing any more; their name stays in the trail. Repeating does no harm."""
        return cast("UserShown", self._call(
            "POST",
            f"/api/v1/users/{quoted(name)}/disabling",
            headers={"If-Match": if_match},
        ))

    def list_audit_entries(
        self,
        *,
        user: str | None = None,
        patient_id: str | None = None,
        action: Action | None = None,
        outcome: Literal["done", "not allowed"] | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PageEntryShown:
        """List the entries of the audit trail, the newest first."""
        return cast("PageEntryShown", self._call(
            "GET",
            "/api/v1/audit",
            query={"user": user, "patient_id": patient_id, "action": action, "outcome": outcome, "since": since, "until": until, "limit": limit, "cursor": cursor},
        ))

    def all_audit_entries(
        self,
        *,
        user: str | None = None,
        patient_id: str | None = None,
        action: Action | None = None,
        outcome: Literal["done", "not allowed"] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[EntryShown]:
        """Go through all pages of `list_audit_entries`."""
        cursor = None
        while True:
            page = self.list_audit_entries(
                user=user,
                patient_id=patient_id,
                action=action,
                outcome=outcome,
                since=since,
                until=until,
                limit=EACH,
                cursor=cursor,
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def begin_audit_check(
        self,
        *,
        idempotency_key: str | None = None,
    ) -> CheckShown:
        """Begin to check the whole trail; ask for what it came to at /audit/checks/{check_id}."""
        return cast("CheckShown", self._call(
            "POST",
            "/api/v1/audit/checks",
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        ))

    def get_audit_check(
        self,
        check_id: str,
    ) -> CheckShown:
        """Return a check of the trail that this server began lately."""
        return cast("CheckShown", self._call(
            "GET",
            f"/api/v1/audit/checks/{quoted(check_id)}",
        ))

    def list_events(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[EventShown]:
        """Return events after a number, for clients that ask now and then."""
        return cast("list[EventShown]", self._call(
            "GET",
            "/api/v1/events/history",
            query={"after": after, "limit": limit},
        ))

    def get_health(
        self,
    ) -> Health:
        """Return 200 while the process lives."""
        return cast("Health", self._call(
            "GET",
            "/health",
        ))

    def get_readiness(
        self,
    ) -> Readiness:
        """Return 200 when database and object store answer, 503 otherwise."""
        return cast("Readiness", self._call(
            "GET",
            "/ready",
        ))
