"""Reading weights that somebody else wrote."""

from pathlib import Path

import numpy as np

from slowpoints._errors import InputError


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All arrays and the metadata of a safetensors file.

    **Raises:** `InputError` if it is missing or is no such file. Nothing pickled is read.
    """
    from safetensors import safe_open, SafetensorError

    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; give a .safetensors file of weights.") from error
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"{path} is not a safetensors file ({error}); write one by safetensors.torch.save_file(state_dict, path)."
        ) from error
