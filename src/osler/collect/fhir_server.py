"""A live FHIR server: each patient's resources by search, page by page.

References
----------
http://hl7.org/fhir/R4/http.html#paging
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from osler.collect.fhir_files import Placed
from osler.collect.portions import TurnedAway
from osler.errors import InputRefused, Misuse, NotAllowed, NotFound, NotReadable, TryLater
from osler.standards.fhir import identity_of

PAGE = 200
MOST_PAGES = 100_000
TIMEOUT_SECONDS = 60.0
# What is asked for of each patient, and by which search parameter.
KINDS = (
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationStatement",
    "Procedure",
    "DiagnosticReport",
    "Immunization",
    "FamilyMemberHistory",
    "Encounter",
)
NOT_OFFERED = frozenset({400, 404, 405, 410, 501})
AGAIN = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class ServerAt:
    """A server's address, or a search for patients on it, and the token to show there."""

    address: str
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misuse(
                f"{self.address!r} is no address of a FHIR server; expected one such as "
                "https://ehr.example/fhir, or a search such as https://ehr.example/fhir/Patient?…"
            )

    @property
    def base(self) -> str:
        """Return the address that resources lie under."""
        return self.address.partition("?")[0].rstrip("/").removesuffix("/Patient")

    @property
    def patients(self) -> str:
        """Return the search that finds the patients."""
        _, _, query = self.address.partition("?")
        return f"{self.base}/Patient?{query or urlencode({'_count': PAGE})}"


def resources_of(at: ServerAt) -> Iterator[Placed | TurnedAway]:
    """Yield each patient's resources as one Bundle, in bounded memory.

    A kind of resource that the server does not offer is named in the refusals: it was not looked
    at, which is another thing than nothing being there.

    Raises
    ------
    TryLater
        The server cannot be reached, or asks to be left alone.
    NotAllowed
        It wants a token, or another one.
    NotFound
        There is no FHIR server at the address.
    """
    headers = {"Accept": "application/fhir+json"}
    if at.token:
        headers["Authorization"] = f"Bearer {at.token}"
    with httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS) as client:
        asking = _Asking(client, at)
        for entry in asking.search(at.patients):
            yield from asking.person(entry)
        yield from asking.not_offered()


@dataclass
class _Asking:
    """One walk through a server."""

    client: httpx.Client
    at: ServerAt
    absent: dict[str, str] = field(default_factory=dict)

    def person(self, entry: dict[str, Any]) -> Iterator[Placed]:
        """Yield one patient with all that is kept of them there."""
        patient = entry["resource"]
        if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
            return
        entries = [entry]
        for kind in KINDS:
            if kind not in self.absent:
                query = urlencode({"patient": patient.get("id", ""), "_count": PAGE})
                entries += self._kind(kind, f"{self.at.base}/{kind}?{query}")
        document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        content = json.dumps(document, ensure_ascii=False).encode()
        yield Placed(f"{self.at.base}/{identity_of(patient)}", content, document)

    def _kind(self, kind: str, address: str) -> list[dict[str, Any]]:
        """Return one patient's resources of one kind; note where the server has none such."""
        try:
            return list(self.search(address))
        except (NotFound, InputRefused) as error:
            self.absent[kind] = str(error)
            return []

    def not_offered(self) -> Iterator[TurnedAway]:
        """Yield the kinds that the server did not give, which count as no resource."""
        for kind, reason in self.absent.items():
            error = InputRefused(f"{self.at.base}/{kind} was not looked at: {reason}")
            yield TurnedAway.of(f"{self.at.base}/{kind}", error, count=0)

    def search(self, address: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a search, following its pages on the same server only."""
        seen: set[str] = set()
        following: str | None = address
        while following is not None and following not in seen and len(seen) < MOST_PAGES:
            seen.add(following)
            bundle = self._page(following)
            for entry in bundle.get("entry") or ():
                if isinstance(entry, dict) and _is_match(entry):
                    yield {key: entry[key] for key in ("fullUrl", "resource") if key in entry}
            following = self._next(bundle, following)

    def _page(self, address: str) -> dict[str, Any]:
        """Return one page."""
        try:
            answer = self.client.get(address)
        except httpx.HTTPError as fault:
            raise TryLater(
                f"{self.at.base} cannot be reached ({type(fault).__name__}); expected a FHIR "
                "server; check address and network, and try again"
            ) from fault
        self._require(answer)
        try:
            bundle = answer.json()
        except ValueError as fault:
            raise NotReadable(
                f"{address}: the answer is not JSON; expected a Bundle; check the address"
            ) from fault
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise NotReadable(f"{address}: the answer is no Bundle; check the address")
        return bundle

    def _require(self, answer: httpx.Response) -> None:
        """Refuse an answer that is none."""
        status = answer.status_code
        if status in AGAIN:
            wait = answer.headers.get("Retry-After", "a while")
            raise TryLater(f"{self.at.base} answers {status}; try again after {wait}")
        if status in (401, 403):
            raise NotAllowed(
                f"{self.at.base} answers {status}; expected to be let in; give a token that the "
                "server knows (--token-file)"
            )
        if status in NOT_OFFERED:
            raise NotFound(f"the server answers {status}; it does not offer this search")
        if not answer.is_success:
            raise InputRefused(f"the server answers {status}; expected 200; check the address")

    def _next(self, bundle: dict[str, Any], address: str) -> str | None:
        """Return the address of the next page, None on the last."""
        for link in bundle.get("link") or ():
            if isinstance(link, dict) and link.get("relation") == "next":
                following = urljoin(address, str(link.get("url", "")))
                if urlsplit(following)[:2] != urlsplit(self.at.base)[:2]:
                    raise InputRefused(
                        f"the next page of {address} lies on another server; expected the same "
                        "one; it was not followed"
                    )
                return following
        return None


def _is_match(entry: dict[str, Any]) -> bool:
    """Tell whether an entry is a resource that was found, not what the server says of it."""
    search = entry.get("search")
    is_outcome = isinstance(search, dict) and search.get("mode") == "outcome"
    return "resource" in entry and not is_outcome
