"""What is written of the machine that made a network."""

import re
import shutil
import subprocess

import pytest

from slowpoints.study._record import processor


@pytest.mark.skipif(shutil.which("lscpu") is None, reason="lscpu is not installed")
def test_the_processor_is_told_with_what_tells_it_from_others_of_its_name():
    """As lscpu tells it, which reads the same file in its own way."""
    told = subprocess.run(["lscpu"], capture_output=True, text=True, env={"LC_ALL": "C"}, check=True).stdout
    facts = dict(re.findall(r"^([^:]+): +(.+)$", told, flags=re.MULTILINE))
    if "CPU family" not in facts:
        pytest.skip("this processor has no family")
    assert processor() == f"{facts['Model name']} (cpu family {facts['CPU family']}, model {facts['Model']})"
