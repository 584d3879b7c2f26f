from collections.abc import Iterator
from pathlib import Path

import pytest
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


@pytest.fixture(scope="session")
def marked() -> MarkedDetector:
    return MarkedDetector()
