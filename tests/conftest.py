"""What every test has in common: how examples are drawn, and the seed that draws them again."""

import os
import random

import pytest
from hypothesis import HealthCheck, settings

from tests.broker.session import kafka, ledger_name, three_brokers
from tests.real_log import imported_log, real_ledger, real_log

__all__ = [  # fixtures
    "imported_log",
    "kafka",
    "ledger_name",
    "real_ledger",
    "real_log",
    "three_brokers",
]

settings.register_profile(
    "house",
    deadline=None,  # two shared cores: how long an example took says nothing
    print_blob=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", parent=settings.get_profile("house"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed for all that is drawn: of hypothesis, and of the `seed` fixture."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    """Print the seed, so that a failed run can be had again."""
    return f"seed: --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The run's seed, for tests that draw with `random.Random(seed)` themselves."""
    return int(request.config.option.hypothesis_seed)
