"""Arrays as the bytes of a safetensors file."""

import json
from collections.abc import Mapping

import numpy as np


def packed(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file with its metadata in order: the library writes them in another order each time, and the same
    arrays should give the same file. (Format: the header's length in 8 bytes, the header as JSON, the data.)
    """
    from safetensors.numpy import save

    content = save(dict(arrays), metadata=dict(metadata))
    start, length = 8, int.from_bytes(content[:8], "little")
    header = json.loads(content[start : start + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
    return content[:start] + ordered + content[start + length :]
