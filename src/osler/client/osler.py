"""A program's way to Osler: every call of the API, uploads that go on, and the stream of events."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, Self

from osler.client._generated.operations import Operations
from osler.client._generated.shapes import UploadShown
from osler.client.errors import ApiError, Unreachable
from osler.client.listening import Event, listen
from osler.client.transport import FIRST_WAIT_S, LONGEST_WAIT_S

API = "/api/v1"
PART_BYTES = 8_000_000
Progress = Callable[[int, int], None]


class Osler(Operations):
    """One server of Osler, asked by one user or program. Safe in many threads.

    Each method is an operation of the API, by the name that its documentation (/docs) shows. What
    is sent and what comes back are dictionaries, typed as the documentation says.

    Examples
    --------
    >>> osler = Osler("https://osler.hospital.example", token="...")
    >>> upload = osler.upload("film.dcm")
    >>> for event in osler.events():
    ...     if event.kind == "result.current":
    ...         print(osler.get_result(event.data["study_id"])["report"]["impression"])
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sign_in_as(self, name: str, password: str) -> None:
        """Sign in as a person: to sign reports and to make tokens, which no token may.

        Raises
        ------
        ApiError
            Name or password is wrong.
        """
        self._headers.pop("Authorization", None)
        answered = self._asked(
            "POST", f"{API}/account/session", body={"name": name, "password": password}
        )
        cookie = answered.headers.get("set-cookie", "").partition(";")[0]
        session = json.loads(answered.content)
        self._headers |= {"Cookie": cookie, "X-CSRF-Token": session["csrf"]}

    def upload(
        self,
        path: str | Path,
        *,
        source: str = "client",
        priority: Literal["urgent", "routine"] = "routine",
        upload_id: str | None = None,
        on_progress: Progress = lambda _sent, _size: None,
    ) -> UploadShown:
        """Send a file: DICOM, zip, PNG, NIfTI, or a patient's record by its name.

        Goes on where the line broke. When this returns, everything is on disk and in the queue;
        ``outcome`` says what became of it.

        Parameters
        ----------
        upload_id
            Of an upload of this file that was broken off, to go on with it.
        on_progress
            Told how many bytes are there, and how many there are.

        Raises
        ------
        ApiError
            It is refused; the message says why.
        Unreachable
            The line does not come back; the upload can be gone on with later.
        """
        file = Path(path)
        size = file.stat().st_size
        if upload_id is None:
            begun = self.begin_upload(
                {"name": file.name, "size": size, "source": source, "priority": priority}
            )
        else:
            begun = self.get_upload(upload_id)
        with file.open("rb") as stream:
            while begun["received"] < size:
                begun = self._part(begun, stream)
                on_progress(begun["received"], size)
        return self._ended(begun)

    def _ended(self, begun: UploadShown) -> UploadShown:
        """Wait until what is whole is stored: a server that died with the last part goes on.

        Raises
        ------
        Unreachable
            It takes longer than the patience of the client.
        """
        until, wait = time.monotonic() + self._patience_s, FIRST_WAIT_S
        while begun["state"] == "open":
            if time.monotonic() > until:
                raise Unreachable(
                    f"upload {begun['upload_id']} is whole, and the server has not stored it in "
                    f"{self._patience_s:g} s; ask for it again later (get_upload)"
                )
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)
            begun = self.get_upload(begun["upload_id"])
        return begun

    def _part(self, begun: UploadShown, stream: io.BufferedReader) -> UploadShown:
        """Send the next part; where nobody knows whether it came, ask where the upload stands."""
        upload_id, offset = begun["upload_id"], begun["received"]
        stream.seek(offset)
        try:
            return self.append_part(upload_id, stream.read(PART_BYTES), upload_offset=offset)
        except Unreachable:
            return self.get_upload(upload_id)
        except ApiError as error:
            if error.status != 409:
                raise
            return self.get_upload(upload_id)

    def events(self, after: int | None = None) -> Iterator[Event]:
        """Yield what happens, for ever; nothing is missed where the line breaks.

        Parameters
        ----------
        after
            Number of the last event that is known, to get what came since; None begins now.
        """
        return listen(self, f"{API}/events", after=after)
