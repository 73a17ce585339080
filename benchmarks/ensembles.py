"""How many networks one process trains in a given time, alone or as an ensemble.

A study trains `ensemble` networks in one process, 1 by default, and as many such processes side by side as there are
processors, a thread each. The peer is a network trained alone, in the same run; shared noise.
"""

from benchmarks.machine import peak_memory
from benchmarks.records import compared, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from benchmarks.training import ours, SETTINGS

SIZES = (1, 2, 4, 8, 16)


def digits_records(settings: Settings) -> list[Record]:
    """GRUs of 100 units, as the digits study trains them."""
    return _records("digits", settings)


def mnist_records(settings: Settings) -> list[Record]:
    """GRUs of 200 units, as the MNIST study trains them."""
    return _records("mnist", settings)


def _records(name: str, settings: Settings) -> list[Record]:
    runs = {str(size): ours(SETTINGS[name], "shared", size) for size in SIZES}
    times = interleaved(runs, settings)
    rates = {size: [size / seconds for seconds in times[str(size)]] for size in SIZES}
    records = [
        compared(
            f"ensembles.{name}.{size:02}",
            "network steps/s",
            rates[size],
            peer=rates[1],
            peer_name="a network alone",
            more_is_better=True,
        )
        for size in SIZES[1:]
    ]
    note = f"The process' peak, all sizes up to {SIZES[-1]} in it."
    return [*records, Record(f"ensembles.{name}.memory", "MiB", ours=peak_memory(), n=1, note=note)]
