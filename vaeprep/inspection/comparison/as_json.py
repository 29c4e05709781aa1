"""The comparison as JSON, for programs."""

import json
import math
from dataclasses import asdict
from typing import Any

from vaeprep.inspection.comparison.compare import Comparison, Read
from vaeprep.inspection.comparison.tables import Value, tables
from vaeprep.inspection.comparison.verdict import verdict


def to_json(found: Comparison) -> str:
    """The text of the JSON: all that the tables hold, by name."""
    value = {
        "a": _side(found.a),
        "b": _side(found.b),
        "verdict": verdict(found),
        "overlaps": [asdict(one) for one in found.overlaps],
        "tables": {
            table.title: {
                row.label.strip(): {"a": _plain(row.a), "b": _plain(row.b)}
                for row in table.rows
            }
            for table in tables(found)
        },
        "songs_in_both_lists": found.listed,
        "songs_changed": [
            {
                "id": song.a.source_id,
                "filename": song.a.name,
                "a": {"examples": song.a.examples, "why": song.a.why},
                "b": {"examples": song.b.examples, "why": song.b.why},
            }
            for song in found.changed
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False)


def _side(read: Read) -> dict[str, Any]:
    inspection, summary = read.inspection, read.summary
    return {
        "name": read.side.name,
        "config": summary.config if summary else None,
        "files": [str(path) for path in inspection.paths] if inspection else [],
        "bad_records": dict(inspection.fault_counts) if inspection else {},
    }


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
