"""What report.json says of images: measurements, changes, outlines and the files of masks."""

from osler.clinical import Change, Draft, Measurement, Outline
from osler.report.document_parts import Object, code_part, finite, origin_of, time_part


def image_parts(draft: Draft) -> Object:
    """Return what was outlined, what changed since the newest prior, and the files of masks."""
    return {
        "outlines": [_outline(one, draft) for one in draft.outlines],
        "changes": [_change(one) for one in draft.changes],
        "masks": [
            {
                "model": one.model.name,
                "model_version": one.model.version,
                "file": one.name,
                "of": one.origin,
                "labels": list(one.names),
            }
            for one in draft.masks
        ],
    }


def measurement_part(measurement: Measurement, draft: Draft) -> Object:
    """Describe one measurement."""
    return {
        "model": measurement.model.name,
        "model_version": measurement.model.version,
        "code": code_part(measurement.code),
        "display": measurement.display,
        "value": measurement.quantity.value,
        "unit": measurement.quantity.unit,
        "low": finite(measurement.low),
        "high": finite(measurement.high),
        "comment": measurement.comment,
        "source": measurement.source,
        "film": origin_of(measurement.instance_uid, draft),
    }


def _change(change: Change) -> Object:
    """Describe a measurement beside the newest prior; without one the prior's values are null."""
    return {
        "code": code_part(change.code),
        "display": change.display,
        "value": change.now.value,
        "unit": change.now.unit,
        "before": change.before.value if change.before else None,
        "before_at": time_part(change.before_at) if change.before_at else None,
        "difference": change.difference,
        "percent": change.percent,
        "beyond_error": change.beyond_error,
    }


def _outline(outline: Outline, draft: Draft) -> Object:
    """Describe what a model outlined or counted; points are (row, column) pixels of the image."""
    return {
        "model": outline.model.name,
        "model_version": outline.model.version,
        "name": outline.structure,
        "code": code_part(outline.code),
        "display": outline.display,
        "count": outline.count,
        "contours": [
            [[round(row, 1), round(column, 1)] for row, column in contour]
            for contour in outline.contours
        ],
        "film": origin_of(outline.instance_uid, draft),
    }
