"""A plan that is saved comes back as it was."""

import gzip
import json
from pathlib import Path

from tests.inputs.music import MIDI, every_kind
from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.find import find
from vaeprep.inputs.plan_json import from_json, to_json
from vaeprep.inputs.splits import plan


def test_a_plan_of_every_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a" / "songs").mkdir(parents=True)
    (tmp_path / "b" / "songs").mkdir(parents=True)
    for name, content in every_kind().items():
        (tmp_path / "a" / "songs" / name).write_bytes(content)
    (tmp_path / "b" / "songs" / "a.mid").write_bytes(MIDI)
    (tmp_path / "b" / "songs" / "lost.mid").symlink_to("nowhere")
    write_records(tmp_path / "x.tfrecord", [bytes(100)] * 20)
    data = (tmp_path / "x.tfrecord").read_bytes()
    (tmp_path / "y.tfrecord").write_bytes(data[:-1])
    (tmp_path / "z.gz").write_bytes(gzip.compress(data))
    inputs = [tmp_path / "a" / "songs", *sorted(tmp_path.glob("?.*")), tmp_path / "b" / "songs"]
    found = find((), map(str, inputs))
    made = plan(found.files, 200, found.losses)
    assert len(made.splits) > 20
    assert len(made.losses) == 2
    assert any(file.copy == 2 for file in made.files)
    again = from_json(json.loads(json.dumps(to_json(made))))
    assert again == made
    folders = {id(file.folder) for file in again.files}
    assert len(folders) == len({file.folder for file in again.files})
