"""A path is a path on this machine, or is refused by name."""

from pathlib import Path

import pytest

from vaeprep.errors import UsageError
from vaeprep.places import local_path


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert local_path("~/out/x") == Path("/home/me/out/x")
    assert local_path(Path("~")) == Path("/home/me")
    assert local_path("a~/b") == Path("a~/b")
    assert local_path("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


@pytest.mark.parametrize(
    "text", ["s3://b/x", "gs://b/x", "hdfs://n/x", "http://h/x", "file:///x"]
)
def test_an_address_is_refused_by_name_even_when_a_slash_was_lost(text: str) -> None:
    for given in (text, Path(text)):
        with pytest.raises(UsageError, match=f"{text.partition(':')[0]}:// is not supported"):
            local_path(given)


def test_a_name_with_a_colon_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert local_path("a:b") == Path("a:b")
    assert local_path("c:/x") == Path("c:/x")
    (tmp_path / "take2:").mkdir()
    assert local_path("take2:/x") == Path("take2:/x")
