"""One launcher for one var folder."""

import os

import pytest

from launcher.errors import CannotStart
from launcher.lock import is_held, only_one


def test_second_is_refused_and_told_who_is_first(tmp_path):
    with only_one(tmp_path / "var"):
        assert is_held(tmp_path / "var")
        taken = rf"already running on .*var \(process {os.getpid()}\)"
        with pytest.raises(CannotStart, match=taken), only_one(tmp_path / "var"):
            pass

    assert not is_held(tmp_path / "var")
    with only_one(tmp_path / "var"):
        pass


def test_folder_that_nobody_used_is_free(tmp_path):
    assert not is_held(tmp_path / "var")
    assert not (tmp_path / "var").exists()
