"""An upload that is whole becomes studies, whoever of the servers sees to it."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from osler.errors import OslerError
from osler.records import Desk, Upload
from osler.server.service import Service
from osler.workflow.intake import Parcel, take_in_parcel

log = logging.getLogger(__name__)
# Longer than storing takes: until then the request that brought the last part is at it.
LEFT_ALONE = timedelta(minutes=5)


@dataclass(frozen=True)
class Ended:
    """What became of a parcel, in the words of `osler collect files`."""

    state: str
    outcome: dict[str, Any]


def taken(parcel: Parcel, desk: Desk, service: Service) -> Ended:
    """Store what a parcel holds. Storing it twice, as two servers may, is storing it once."""
    found = take_in_parcel(
        service.records, desk, parcel, pressure=service.pressure, clock=service.clock
    )
    outcome = {
        "read": found.read,
        "stored": found.stored,
        "refused": found.refused,
        "studies": list(found.studies),
        "refusals": [vars(one) for one in found.refusals],
    }
    return Ended("done" if found.stored or not found.refused else "refused", outcome)


def stored(upload: Upload, desk: Desk, service: Service) -> Upload:
    """Store what an upload holds; what became of it is kept with the upload."""
    content = desk.uploads.content(upload)
    urgent = upload.priority == "urgent"
    parcel = Parcel(upload.name, content, source=upload.source, is_urgent=urgent)
    ended = taken(parcel, desk, service)
    return desk.uploads.finish(
        upload.upload_id, state=ended.state, outcome=ended.outcome, now=service.clock()
    )


def store_what_was_left(service: Service, *, left_alone: timedelta = LEFT_ALONE) -> None:
    """Store the uploads whose server died, or had no room, when their last byte had come.

    Parameters
    ----------
    left_alone
        How long ago that byte must have come.
    """
    desk = service.own_desk
    for upload in desk.uploads.whole(service.clock() - left_alone):
        try:
            ended = stored(upload, desk, service)
        except OslerError as error:
            log.warning("upload %s could not be stored (%s)", upload.upload_id, error.kind)
        else:
            log.info("upload %s was left whole; it is %s now", upload.upload_id, ended.state)
