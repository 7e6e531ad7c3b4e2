"""One job, carried from its beginning to its result. Runs as the body of a durable workflow."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore

import numpy as np

from osler.clinical import Case, Draft, FilmAnalysis
from osler.errors import NotAllowed, NotFound, OslerError
from osler.records import DraftId, Inputs, Job
from osler.workflow.cases import case_of
from osler.workflow.keeping import Keeping
from osler.workflow.kept_priors import kept
from osler.workflow.path import walk
from osler.workflow.post import Post
from osler.workflow.retrying import Patience, Verdict, deadly, judge
from osler.workflow.shadow import in_shadow
from osler.workflow.tools import Tools

log = logging.getLogger(__name__)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# How a workflow ended, as DBOS writes it down.
DONE, NOTHING, LEFT, FAILED, UNTOLD = "done", "nothing", "left", "failed", "untold"


@dataclass(frozen=True)
class Carrier:
    """Carries jobs for one worker. Safe in many threads.

    ``on_step`` is told each step as it begins. ``untold`` takes what could not be written because
    the database was away: it is called again until it succeeds. ``slots`` are as many as jobs may
    be walked at once: others in hand wait for one, started and ready.
    """

    post: Post
    tools: Tools
    patience: Patience
    rng: np.random.Generator
    on_step: Callable[[str], None]
    untold: Callable[[Callable[[], None]], None]
    slots: BoundedSemaphore

    def carry(self, job_id: str, started_ms: int) -> str:
        """Do a job; return in one word how it ended. Raises no Exception.

        Parameters
        ----------
        started_ms
            When the workflow was first started, Unix milliseconds: the time of the draft, the
            same when the workflow is resumed.
        """
        job = self.post.flights.begin(job_id)
        if job is None:
            log.info("job %s is not this worker's; it is left", job_id)
            return LEFT
        try:
            return self._carry(job, EPOCH + timedelta(milliseconds=started_ms))
        finally:
            self.post.flights.land(job_id)

    def _carry(self, job: Job, made_at: datetime) -> str:
        """Do the job, and write what came of it."""
        if job.strikes > self.patience.attempts:
            return self._failed(job, deadly(job))
        try:
            return self._done(job, made_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the study gets an answer
            now = self.post.clock()
            verdict = judge(error, job, patience=self.patience, now=now, rng=self.rng)
            return self._failed(job, verdict)

    def _done(self, job: Job, made_at: datetime) -> str:
        """Walk the path and store the draft; then let the shadow models speak, unheard.

        The place at work is for what needs a processor: while a draft is on its way to the disk
        the next job is at work.
        """
        with self.slots:
            inputs = self.post.desk.results.inputs(job)
            case = case_of(inputs, now=made_at)
            if case is None:
                self.post.desk.jobs.finish_empty(job, now=self.post.clock())
                return NOTHING
            keeping = Keeping(
                desk=self.post.desk,
                job=job,
                of=f"{inputs.study_id}/{inputs.revision}",
                durable=self.post.durable,
                is_ours=lambda: self.post.flights.is_ours(job.job_id),
                on_step=self.on_step,
            )
            priors = kept(self.post.desk, job, inputs.study_id)
            resources = replace(self.tools.resources(made_at), priors=priors)
            draft = walk(case, resources, keeping)
        draft_id = self._stored(job, draft, inputs=inputs, films=keeping.values["analyse"].films)
        self._after(keeping, draft_id, case)
        return DONE

    def _stored(
        self, job: Job, draft: Draft, *, inputs: Inputs, films: tuple[FilmAnalysis, ...]
    ) -> DraftId:
        """Store the draft, which ends the job. Doing it twice gives one result."""
        self.on_step("store")
        return self.post.desk.results.store(
            job,
            draft,
            now=self.post.clock(),
            study_id=inputs.study_id,
            revision=inputs.revision,
            films=films,
        )

    def _after(self, keeping: Keeping, draft_id: DraftId, case: Case) -> None:
        """Clear up and run the shadow models. The result is out: no fault here can hurt it."""
        try:
            keeping.drop()
            panel = self.tools.shadow()
            if panel is not None:
                self.on_step("shadow")
                with self.slots:
                    films = in_shadow(case, keeping.values["prepare"], panel)
                self.post.desk.results.store_shadow(draft_id, films)
        except Exception as error:  # noqa: BLE001 - a shadow model may fail in any way it likes
            told = error.kind if isinstance(error, OslerError) else type(error).__name__
            log.warning("job %s: what follows the result failed (%s)", keeping.job.job_id, told)

    def _failed(self, job: Job, verdict: Verdict) -> str:
        """Write a verdict; where the database is away, keep it until it is back."""

        def tell() -> None:
            self.post.desk.jobs.finish_failed(
                job,
                kind=verdict.kind,
                reason=verdict.reason,
                now=self.post.clock(),
                retry_at=verdict.retry_at,
                excused=verdict.is_excused,
            )

        try:
            tell()
        except (NotFound, NotAllowed):
            log.info("job %s was cancelled or taken over; it is left", job.job_id)
            return LEFT
        except OslerError as error:
            log.warning("job %s: its end could not be written (%s)", job.job_id, error.kind)
            self.untold(tell)
            return UNTOLD
        log.info("job %s failed (%s)", job.job_id, verdict.kind)
        return FAILED
