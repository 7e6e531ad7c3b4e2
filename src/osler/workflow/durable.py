"""DBOS: the log of which step of which job is done. The only module that knows DBOS.

Our own table of jobs says what there is to do and whose it is. DBOS says how far a job's workflow
came, and lets another worker resume it there. An execution that lost its workflow to another
worker is stopped by DBOS at its next step.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID, error

from osler.errors import Misuse
from osler.records import Records, workflow_faults
from osler.records.workflow_database import close_workflow_engine
from osler.workflow.ids_only import IdsOnly

log = logging.getLogger(__name__)
Body = Callable[[str, int], str]

# Grows when the steps of a workflow change: what another layout left behind is begun anew.
LAYOUT = "1"
NAME = "osler"
RESUME_SECONDS = 0.5
# DBOS looks this often whether it should stop listening for messages, which nobody sends.
QUIT_SECONDS = 0.1
LAST_WORDS_SECONDS = 1.0
UNFINISHED = ["PENDING", "ENQUEUED"]
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
FORGOTTEN_AT_ONCE = 1000


class Durable:
    """One worker's hold on DBOS. DBOS allows one in a process."""

    _is_open = False

    def __init__(self, records: Records, worker_id: str) -> None:
        """Name the worker; nothing runs before `open`.

        Parameters
        ----------
        worker_id
            New for each start of a worker: what an earlier one left behind is taken over by the
            heartbeat, never by DBOS on its own.
        """
        self._records = records
        self._worker_id = worker_id
        self._queue = _queue_of(worker_id)
        self._engine: Any = None

    def open(self, body: Body) -> None:
        """Start DBOS over the encrypted engine of the records.

        Parameters
        ----------
        body
            Told a job's id and when its workflow began (Unix milliseconds); returns how it ended.
            It never raises an Exception: DBOS would write it down.

        Raises
        ------
        Misuse
            This process has one already.
        """
        if Durable._is_open:
            raise Misuse(
                "a worker runs in this process already; expected one a process: start another "
                "process, or give this one more threads"
            )
        Durable._is_open = True
        try:
            with workflow_faults():
                self._launch(body)
        except BaseException:
            self._destroy()
            raise

    def _launch(self, body: Body) -> None:
        """Start DBOS, and a queue of this worker's own for what it resumes."""

        def job(job_id: str, started_ms: int) -> str:
            return body(job_id, started_ms)

        _listen_to_the_log()
        self._engine = self._records.workflow_engine()
        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": self._engine,
            "serializer": IdsOnly(),
            "executor_id": self._worker_id,
            "application_version": LAYOUT,
            "log_level": "WARNING",
            "enable_otlp": False,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": QUIT_SECONDS,
        }
        DBOS(config=config)
        self._workflow = DBOS.workflow(name="job", max_recovery_attempts=None)(job)
        DBOS.listen_queues([self._queue])
        DBOS.launch()
        # Only what is resumed goes through DBOS's queue; the rest starts without a wait.
        DBOS.register_queue(
            self._queue, polling_interval_sec=RESUME_SECONDS, on_conflict="never_update"
        )

    def start(self, job_id: str, *, attempt: int, now_ms: int) -> None:
        """Start a job's workflow, or resume it where another worker left it.

        Parameters
        ----------
        attempt
            Which beginning of the job this is, from 1; at the first, nothing can be left.
        """
        with workflow_faults():
            left = self._unfinished(prefix=f"{job_id}-") if attempt > 1 else {}
            last = next((name for name in reversed(left) if left[name] == LAYOUT), None)
            self._cancel([name for name in left if name != last])
            if last is not None:
                DBOS.resume_workflow(last, queue_name=self._queue)
                return
            workflow_id = f"{job_id}-{attempt}"
            try:
                self._begin(workflow_id, job_id, now_ms)
            except error.DBOSWorkflowIDInUseError:
                # Left from before a backup was restored, or from before a re-play.
                self._cancel([workflow_id])
                self._begin(workflow_id, job_id, now_ms)

    def _begin(self, workflow_id: str, job_id: str, now_ms: int) -> None:
        """Start a new workflow at once on a thread of DBOS."""
        with SetWorkflowID(workflow_id, workflow_id_reuse_policy="reject"):
            DBOS.start_workflow(self._workflow, job_id, now_ms)

    def checkpoint(self, step: str, work: Callable[[], None]) -> bool:
        """Do the work of a step unless this workflow did it before; return whether it was done now.

        To be called inside the body. What the work raises comes out of here as it is, and DBOS
        does not hear of it.
        """
        done: list[bool] = []

        def doing() -> str:
            try:
                work()
            except Exception as fault:
                raise _Unheard(fault) from fault
            done.append(True)
            return step

        try:
            with workflow_faults():
                DBOS.run_step({"name": step}, doing)
        except _Unheard as unheard:
            raise unheard.fault from unheard
        return bool(done)

    def forget_finished(self) -> None:
        """Delete finished workflows, so that DBOS's tables stay as small as the work in hand."""
        with workflow_faults():
            found = DBOS.list_workflows(
                status=FINISHED, limit=FORGOTTEN_AT_ONCE, load_input=False, load_output=False
            )
            if found:
                DBOS.delete_workflows([one.workflow_id for one in found])

    def left_by(self, worker_id: str) -> dict[str, str]:
        """Return the unfinished workflows of a worker and the job of each."""
        with workflow_faults():
            return {one: one.rpartition("-")[0] for one in self._unfinished(executor=worker_id)}

    def forget(self, workflow_ids: Iterable[str]) -> None:
        """Delete workflows whose jobs nobody waits for; an execution that still runs is stopped."""
        with workflow_faults():
            self._cancel(list(workflow_ids))

    def forget_job(self, job_id: str) -> None:
        """Delete what is unfinished of a job: its next workflow begins anew."""
        with workflow_faults():
            self._cancel(list(self._unfinished(prefix=f"{job_id}-")))

    def bury(self, worker_id: str) -> None:
        """Take away the queue of a worker that is no more."""
        with workflow_faults():
            DBOS.delete_queue(_queue_of(worker_id))

    def close(self, *, is_away: bool = False) -> None:
        """Stop DBOS and forget what has ended; what still runs is left to be taken over.

        ``is_away`` says that the database is: then DBOS, which would wait for it, is not asked.
        """
        try:
            if not is_away:
                self._last_words()
        finally:
            self._destroy()

    def _last_words(self) -> None:
        """Forget what has ended, and take away the queue of this worker."""
        end = time.monotonic() + LAST_WORDS_SECONDS
        while self.left_by(self._worker_id) and time.monotonic() < end:
            time.sleep(0.02)  # DBOS writes an end down just after the body has returned
        self.forget_finished()
        self.bury(self._worker_id)

    def _destroy(self) -> None:
        """Let go of DBOS and of its database."""
        DBOS.destroy(destroy_registry=True)
        if self._engine is not None:
            close_workflow_engine(self._engine)
        Durable._is_open = False

    def _unfinished(
        self, *, prefix: str | None = None, executor: str | None = None
    ) -> dict[str, str | None]:
        """Return unfinished workflows, oldest first, and the layout of each."""
        found = DBOS.list_workflows(
            status=UNFINISHED,
            workflow_id_prefix=prefix,
            executor_id=executor,
            load_input=False,
            load_output=False,
        )
        return {one.workflow_id: one.app_version for one in found}

    def _cancel(self, workflow_ids: list[str]) -> None:
        """Delete workflows, those that still run included."""
        if workflow_ids:
            DBOS.cancel_workflows(workflow_ids)
            DBOS.delete_workflows(workflow_ids)


class _Unheard(BaseException):
    """Carries an error past DBOS, which writes every Exception down, its words included."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault


def _queue_of(worker_id: str) -> str:
    """Return the name of the queue on which a worker resumes what others left."""
    return f"resumed-by-{worker_id}"


class _Quiet(logging.Handler):
    """Hands on the first line of what DBOS reports: the rest may hold statements and values."""

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override]  # typing has it from 3.12 on
        """Write one line to our own log."""
        lines = record.getMessage().splitlines() or [""]
        log.log(min(record.levelno, logging.WARNING), "dbos %s: %s", record.module, lines[0][:160])


def _listen_to_the_log() -> None:
    """Keep DBOS from writing to the terminal: it finds a handler, and brings none of its own."""
    theirs = logging.getLogger("dbos")
    if not any(isinstance(one, _Quiet) for one in theirs.handlers):
        theirs.handlers = [_Quiet(logging.WARNING)]
        theirs.propagate = False
