"""A data environment of the tests' own: an empty cache, no SLOWPOINTS_DATA, no network but the loopback."""

import os
from pathlib import Path

import pooch
import pytest

REAL_DATA = os.environ.get("SLOWPOINTS_DATA")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, which does not exist yet; every download goes to a closed port and fails."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder / project)
    monkeypatch.delenv("SLOWPOINTS_DATA", raising=False)
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(variable, "127.0.0.1")
    return folder / "slowpoints"


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of real corpora that SLOWPOINTS_DATA named when the tests started."""
    if not REAL_DATA:
        pytest.skip("SLOWPOINTS_DATA names no folder of real corpora")
    monkeypatch.setenv("SLOWPOINTS_DATA", REAL_DATA)
    return Path(REAL_DATA)
