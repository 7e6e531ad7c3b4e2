"""An upload that is whole becomes studies, whoever of the servers sees to it."""

import logging
from datetime import timedelta

from osler.errors import OslerError
from osler.records import Desk, Upload
from osler.server.service import Service
from osler.workflow.intake import Parcel, take_in_parcel

log = logging.getLogger(__name__)
# Longer than storing takes: until then the request that brought the last part is at it.
LEFT_ALONE = timedelta(minutes=5)


def stored(upload: Upload, desk: Desk, service: Service) -> Upload:
    """Store what an upload holds; what became of it is kept with the upload.

    Storing it twice, as two servers may, is storing it once.
    """
    taken = take_in_parcel(
        service.records,
        desk,
        Parcel(
            upload.name,
            desk.uploads.content(upload),
            source=upload.source,
            is_urgent=upload.priority == "urgent",
        ),
        pressure=service.pressure,
        clock=service.clock,
    )
    outcome = {
        "read": taken.read,
        "stored": taken.stored,
        "refused": taken.refused,
        "studies": list(taken.studies),
        "refusals": [vars(one) for one in taken.refusals],
    }
    state = "done" if taken.stored or not taken.refused else "refused"
    return desk.uploads.finish(upload.upload_id, state=state, outcome=outcome, now=service.clock())


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
