"""What all tests share: a fixed search order for Hypothesis, figures without a screen, and a browser."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples in every run, so that a red test is red for everybody; and no deadline, because the
# first example may have to wait for a compiler.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

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
def browser() -> str:
    """The command of a browser that can take a screenshot without a screen."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    pytest.fail("no Chromium or Chrome was found; the screenshot test needs one (Debian: chromium)")
