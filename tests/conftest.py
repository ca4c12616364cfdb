"""What all tests share: a fixed search order for Hypothesis, figures without a screen, and a browser."""

import gc
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

from tests.commands import Done, Processes, answer

os.environ.setdefault("MPLBACKEND", "Agg")
# Before NumPy is imported: two workers whose linear algebra uses two threads each wait for one another, which
# makes a fit take four times as long.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Looking for garbage took a twelfth of the time: objects are many, and few of them are garbage.
gc.set_threshold(100_000, 20, 50)

# The same examples in every run, so that a red test is red for everybody; and no deadline, because the
# first example may have to wait for a compiler.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


def pytest_configure() -> None:
    """Whoever ends the tests ends the processes that they have started, too: fixtures are closed on the way out."""

    def end(number: int, frame: object) -> None:
        pytest.exit("ended", 128 + number)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the source tree that the tests belong to."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def kept_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run of the status quo with its trajectories, for questions that only read it."""
    from sim.studies.options import Options
    from sim.studies.run import run

    target = tmp_path_factory.mktemp("kept") / "run"
    run("status-quo", Options(trajectories=6_000, worlds=200), target)
    return target


@pytest.fixture
def accession(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """``accession ARGUMENTS`` in an empty folder and 80 columns, without a process of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return answer


@pytest.fixture(
    scope="module", params=[False, pytest.param(True, marks=pytest.mark.exhaustive)], ids=["blank", "drawn"]
)
def drawn_or_blank(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether reports that are written in this process have figures: in `make test` only where these are tested."""
    from tests.figures import blank

    with nullcontext() if request.param else blank():
        yield request.param


@pytest.fixture
def some_variants() -> Iterator[None]:
    """Runs under structural variants have a few of them; the run that test_report_page looks at has them all."""
    from tests.structures import few_variants

    with few_variants():
        yield


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Starts processes; at the end of the test none of them is left, whatever became of the test."""
    started = Processes()
    yield started
    started.end()


@pytest.fixture(scope="session")
def browser() -> str:
    """The command of a browser that can take a screenshot without a screen."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    pytest.fail("no Chromium or Chrome was found; the screenshot test needs one (Debian: chromium)")
