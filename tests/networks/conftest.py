"""A plain unit is listed, so that it keeps costing one file and one line to add one."""

import pytest

from slowpoints.networks import UNITS
from tests.networks.units import Leaky


@pytest.fixture(autouse=True, scope="package")
def a_plain_unit_is_listed():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(UNITS, "leaky", Leaky)
        yield
