"""The checksums know the installed release, and see an edit of it."""

import pytest

from tests.magenta import overlay
from vaeprep.magenta import releases


def test_the_installed_release_is_known() -> None:
    overlay.installed_magenta()
    assert releases.changed_files() == []


def test_without_magenta_nothing_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "_folder", lambda _package: None)
    assert not releases.is_installed()
    assert releases.changed_files() == []


def test_an_edited_file_is_named(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = overlay.make(tmp_path_factory.mktemp("edited"), added="\nCONFIG_MAP['x'] = None\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(releases, "_folder", _folder_in(folder))
    assert releases.changed_files() == [releases.CONFIGS]


def test_comments_and_numpys_names_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = overlay.make(
        tmp_path_factory.mktemp("mended"),
        added="\n# my note\n\n",
        replaced=("np.bool", "np.bool_"),
    )
    monkeypatch.setattr(releases, "_folder", _folder_in(folder))
    assert releases.changed_files() == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = np.bool\n", "x = bool  # as it was\n", True),
        ("x = np.int\n", "x  =  int\n", True),
        ("x = np.int32\n", "x = int32\n", False),
        ("x = (1,\n  2)\n", "x = (1, 2)\n", True),
        ("x = 1\n", "x = 2\n", False),
        ("if a:\n  b\nc\n", "if a:\n  b\n  c\n", False),
        ("'a b'\n", "'a  b'\n", False),
    ],
)
def test_a_fingerprint_is_of_what_the_code_says(one: str, other: str, same: bool) -> None:
    prints = [releases.fingerprint(text.encode()) for text in (one, other)]
    assert (prints[0] == prints[1]) == same


def _folder_in(folder):  # type: ignore[no-untyped-def]
    found = releases._folder
    return lambda package: folder / package if package == "magenta" else found(package)
