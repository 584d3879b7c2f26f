from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from marked import MarkedDetector

from api import create_app
from detector import Detector

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector()


@pytest.fixture
def client() -> Iterator[object]:
    with create_app().test_client() as client:
        yield client


# No test fails for being slow: speed is what the benchmarks are for.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def marked() -> MarkedDetector:
    return MarkedDetector()
