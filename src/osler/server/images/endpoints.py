"""Series and instances of a study, and what is to be seen of an instance."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from osler.records import Action, FindingId, InstanceId, SeriesId, StudyId
from osler.server.conditional import (
    NOT_CHANGED,
    IfNoneMatch,
    answer,
    etag_of,
    is_known,
    unchanged,
)
from osler.server.identity import Caller, allow
from osler.server.ids import Id, QueriedId
from osler.server.images.schemas import InstanceShown, SeriesShown
from osler.server.paging import Cursor, Limit, Page, page_of, place_of
from osler.workflow.showing import Frame, View, frame, marks_of, rendered

router = APIRouter(tags=["images"])
Lister = Annotated[Caller, allow(Action.LIST_STUDIES)]
Viewer = Annotated[Caller, allow(Action.READ_STUDY)]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="The first frame is 1.")]
Centre = Annotated[
    float | None, Query(ge=-1e6, le=1e6, description="Window Center; the header's own without.")
]
Width = Annotated[
    float | None, Query(ge=1, le=1e6, description="Window Width; that of the header without.")
]
Longest = Annotated[int | None, Query(ge=16, le=8192, description="Pixels of the longer side.")]
Overlay = Annotated[
    Literal["all", "evidence", "outlines"],
    Query(description="What to lay over it of the finding: colours, outlines, or both."),
]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
MEDIA = (
    "application/dicom",
    "image/png",
    "image/jpeg",
    "image/tiff",
    "application/nifti",
)
FILE = {200: {"description": "The file.", "content": dict.fromkeys(MEDIA, _BINARY)}, **NOT_CHANGED}
_ABOUT = {
    "Osler-Slope": "Value = slope x stored + intercept. Absent for colours.",
    "Osler-Intercept": "See Osler-Slope.",
    "Osler-Unit": "HU for Hounsfield units; absent where the header names no unit.",
    "Osler-Window": "Values that the header's window shows as darkest and brightest.",
}
PICTURE = {
    200: {"description": "The picture.", "content": {"image/png": _BINARY}},
    **NOT_CHANGED,
}
VALUES = {
    200: {
        **PICTURE[200],
        "headers": {
            name: {"description": told, "schema": {"type": "string"}}
            for name, told in _ABOUT.items()
        },
    },
    **NOT_CHANGED,
}


@router.get("/studies/{study_id}/series")
def list_series(
    study_id: Id, caller: Lister, limit: Limit = 50, cursor: Cursor = None
) -> Page[SeriesShown]:
    """List the series of a study in the order in which they came."""
    place = place_of(cursor)
    after = SeriesId(place) if place is not None else None
    found = caller.desk.images.series(StudyId(study_id), limit=limit + 1, after=after)
    shown, following = page_of(found, limit, lambda row: row.series_id)
    return Page(items=[SeriesShown.of(row) for row in shown], next=following)


@router.get("/series/{series_id}", response_model=SeriesShown, responses=NOT_CHANGED)
def get_series(
    series_id: Id, caller: Lister, response: Response, if_none_match: IfNoneMatch = None
) -> SeriesShown | Response:
    """Return one series."""
    row = caller.desk.images.one_series(SeriesId(series_id))
    return answer(SeriesShown.of(row), response, if_none_match)


@router.get("/studies/{study_id}/instances")
def list_instances(
    study_id: Id,
    caller: Viewer,
    series_id: QueriedId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InstanceShown]:
    """List the current instances of a study, or of one of its series, as they came in."""
    place = place_of(cursor)
    found = caller.desk.images.list(
        StudyId(study_id),
        series_id=SeriesId(series_id) if series_id is not None else None,
        limit=limit + 1,
        after=InstanceId(place) if place is not None else None,
    )
    shown, following = page_of(found, limit, lambda row: row.instance_id)
    return Page(items=[InstanceShown.of(row) for row in shown], next=following)


@router.get("/instances/{instance_id}", response_model=InstanceShown, responses=NOT_CHANGED)
def get_instance(
    instance_id: Id, caller: Viewer, response: Response, if_none_match: IfNoneMatch = None
) -> InstanceShown | Response:
    """Return one instance, also one that was superseded."""
    row = caller.desk.images.get(InstanceId(instance_id))
    return answer(InstanceShown.of(row), response, if_none_match)


@router.get("/instances/{instance_id}/file", response_class=Response, responses=FILE)
def get_instance_file(
    instance_id: Id, caller: Viewer, if_none_match: IfNoneMatch = None
) -> Response:
    """Return the file of an instance, bit for bit as it came."""
    row, instance = caller.desk.images.load(InstanceId(instance_id))
    etag = f'"{row.sha256}"'
    if is_known(if_none_match, etag):
        return unchanged(etag)
    ending = {"application/dicom": "dcm", "application/nifti": "nii"}.get(
        instance.media_type, instance.media_type.rpartition("/")[2]
    )
    name = f"{row.instance_uid}.{ending}"
    return Response(
        instance.content,
        media_type=instance.media_type,
        headers={"ETag": etag, "Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/instances/{instance_id}/frames/{number}", response_class=Response, responses=VALUES)
def get_frame(
    instance_id: Id, number: Number, caller: Viewer, if_none_match: IfNoneMatch = None
) -> Response:
    """Return a frame as PNG: the values of a grey one in 16 bits, a coloured one as it is seen."""
    row, instance = caller.desk.images.load(InstanceId(instance_id))
    etag = etag_of(row.sha256, number)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    found = frame(instance, number)
    return Response(found.content, media_type="image/png", headers={"ETag": etag, **_told(found)})


@router.get("/instances/{instance_id}/rendered", response_class=Response, responses=PICTURE)
def get_rendered(
    instance_id: Id,
    caller: Viewer,
    number: Annotated[int, Query(ge=1, le=1_000_000, alias="frame")] = 1,
    window_center: Centre = None,
    window_width: Width = None,
    longest: Longest = None,
    finding_id: QueriedId | None = None,
    overlay: Overlay = "all",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return what a window shows of an instance, as PNG, with what a finding points to over it.

    A model's outlines are dashed, a person's are solid.
    """
    view = View(number, window_center, window_width, longest)
    row, instance = caller.desk.images.load(InstanceId(instance_id))
    marks = None
    if finding_id is not None:
        marks = marks_of(caller.desk, FindingId(finding_id), instance, only=overlay)
    etag = etag_of(row.sha256, view, finding_id, overlay, marks)
    if is_known(if_none_match, etag):
        return unchanged(etag)
    content = rendered(instance, view, marks)
    return Response(content, media_type="image/png", headers={"ETag": etag})


def _told(found: Frame) -> dict[str, str]:
    """Return what a frame's stored numbers mean, as headers."""
    low, high = found.window
    told: dict[str, object] = {
        "Osler-Slope": found.slope,
        "Osler-Intercept": found.intercept,
        "Osler-Unit": found.unit,
        "Osler-Window": f"{low:g} {high:g}",
    }
    return {name: str(value) for name, value in told.items() if value is not None}
