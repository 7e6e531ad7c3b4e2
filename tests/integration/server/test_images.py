"""Series, instances, their bytes, frames, and what a window shows of them."""

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi.testclient import TestClient
from PIL import Image

from make.dicom import a_dataset, a_file, a_slice
from make.draft import a_finding, a_negative_finding, an_explanation
from make.kept import NOW, an_instance
from make.review import a_finding_id, a_kept_draft
from make.served import API, Served
from osler.clinical import InstanceUid
from osler.records import Role, StoredInstance
from osler.standards.pictures import read_content

RAMP = np.arange(12, dtype=np.uint16).reshape(3, 4)


def stored(served: Served, content: bytes | None = None, **elements: Any) -> StoredInstance:  # noqa: ANN401
    """Keep an instance."""
    film = read_content(content, origin="x") if content else an_instance(**elements)
    return served.kept.osler.studies.store(film, source="ct-1", now=NOW)


def pixels(client: TestClient, path: str, **asked: str | float) -> npt.NDArray[Any]:
    """Return the pixels of a PNG."""
    answer = client.get(f"{API}{path}", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    return np.asarray(Image.open(BytesIO(answer.content)))


def test_series_and_instances_of_a_study_are_listed(served: Served) -> None:
    """A viewer shows what there is before it loads a pixel."""
    one = stored(served, number=1)
    stored(served, number=2, SeriesInstanceUID="2.25.1.7", SeriesDescription="lateral")
    client = served.client(Role.READER)
    listed = client.get(f"{API}/studies/{one.study_id}/series").json()["items"]
    assert [(s["series_uid"], s["modality"], s["instances"]) for s in listed] == [
        ("2.25.1.0", "CR", 1),
        ("2.25.1.7", "CR", 1),
    ]
    shown = client.get(f"{API}/series/{listed[1]['series_id']}").json()
    assert shown == {**listed[1], "description": "lateral"}
    every = client.get(f"{API}/studies/{one.study_id}/instances").json()["items"]
    assert [i["instance_uid"] for i in every] == ["2.25.1.1", "2.25.1.2"]
    lateral = client.get(
        f"{API}/studies/{one.study_id}/instances", params={"series_id": shown["series_id"]}
    ).json()["items"]
    assert [i["instance_uid"] for i in lateral] == ["2.25.1.2"]
    assert client.get(f"{API}/instances/{one.instance_id}").json() == every[0]
    assert "Doe" not in client.get(f"{API}/instances/{one.instance_id}").text


def test_the_file_comes_back_bit_for_bit(served: Served) -> None:
    """Another program must get what the modality sent, not what we made of it."""
    film = an_instance()
    one = stored(served)
    client = served.client(Role.CLINICIAN)
    answer = client.get(f"{API}/instances/{one.instance_id}/file")
    assert answer.content == film.content
    assert answer.headers["content-type"] == "application/dicom"
    assert answer.headers["content-disposition"] == 'attachment; filename="2.25.1.1.dcm"'
    etag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"{API}/instances/{one.instance_id}/file", headers=etag).status_code == 304


def test_a_frame_holds_the_values_and_says_what_they_mean(served: Served) -> None:
    """A window in the browser works on Hounsfield units, not on grey."""
    one = stored(served, a_slice(1.0, value=100))
    client = served.client(Role.READER)
    answer = client.get(f"{API}/instances/{one.instance_id}/frames/1")
    slope = float(answer.headers["osler-slope"])
    intercept = float(answer.headers["osler-intercept"])
    found = np.asarray(Image.open(BytesIO(answer.content))) * slope + intercept
    assert answer.headers["osler-unit"] == "HU"
    assert np.array_equal(found, np.full((3, 4), 100 - 1024))
    missing = client.get(f"{API}/instances/{one.instance_id}/frames/2")
    assert missing.status_code == 404
    assert "expected 1 to 1" in missing.json()["detail"]


def test_a_window_shows_what_it_should(served: Served) -> None:
    """DICOM's linear function: centre 5.5 and width 11 show 0 black and 10 white."""
    one = stored(served)
    client = served.client(Role.READER)
    path = f"/instances/{one.instance_id}/rendered"
    shown = pixels(client, path, window_center=5.5, window_width=11)
    assert np.array_equal(shown, np.clip(np.rint(RAMP * 25.5), 0, 255).astype(np.uint8))
    assert np.array_equal(pixels(client, path), np.rint(RAMP * (255 / 11)).astype(np.uint8))
    large = np.tile(np.arange(64, dtype=np.uint16), (32, 1))
    other = stored(served, a_file(a_dataset(large, StudyInstanceUID="2.25.9")))
    path = f"/instances/{other.instance_id}/rendered"
    assert pixels(client, path, longest=16).shape == (8, 16)


def test_what_a_finding_points_to_lies_over_the_image(served: Served) -> None:
    """The reader sees where, on the film itself."""
    explained = an_explanation(
        instance_uid=InstanceUid("2.25.1.1"), evidence=np.eye(4, dtype=np.float32)[:3]
    )
    draft_id = a_kept_draft(
        served.kept, findings=(a_finding(explanation=explained), a_negative_finding())
    )
    client = served.client(Role.READER)
    study_id = client.get(f"{API}/studies").json()["items"][0]["study_id"]
    (one,) = client.get(f"{API}/studies/{study_id}/instances").json()["items"]
    path = f"/instances/{one['instance_id']}/rendered"
    finding_id = a_finding_id(served.kept, draft_id)
    seen = pixels(client, path, finding_id=finding_id, overlay="evidence").astype(int)
    is_coloured = np.ptp(seen, axis=2) > 20
    assert np.array_equal(is_coloured, np.eye(4, dtype=bool)[:3])
    assert pixels(client, path, finding_id=finding_id).shape == (3, 4, 3)
    other = a_finding_id(served.kept, draft_id, "pleural_effusion")
    answer = client.get(f"{API}{path}", params={"finding_id": other})
    assert answer.status_code == 404
    assert "points to nothing on this instance" in answer.json()["detail"]


def test_what_holds_no_pixels_is_told_not_shown(served: Served) -> None:
    """An empty picture would look like a film without findings."""
    report = a_dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR", StudyInstanceUID="2.25.5"
    )
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(report, keyword)
    one = stored(served, a_file(report))
    answer = served.client(Role.READER).get(f"{API}/instances/{one.instance_id}/rendered")
    assert (answer.status_code, answer.json()["kind"]) == (422, "not-supported")
