"""What a person names on the command line: a study's folder, a config file, or a preset."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slowpoints._errors import InputError
from slowpoints.study._config import StudyConfig
from slowpoints.study._folder import Study
from slowpoints.study._names import nearest
from slowpoints.study._presets import PRESETS
from slowpoints.study._reading import config_from, read_config


def named_config(name: Path, *, overrides: Mapping[str, Any]) -> StudyConfig:
    """The config of a preset or, where there is no preset of that name, of a YAML file, with `overrides` on top.

    Raises `InputError` if there is neither, or the file cannot be used.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.study import named_config
        >>> named_config(Path("digits"), overrides={"units": 50}).units
        50
    """
    preset = PRESETS.get(str(name))
    if preset is not None:
        return config_from(overrides, base=preset)
    if not name.exists():
        raise InputError(f"{name} is not a study, a config file or a preset; {nearest(str(name), PRESETS)}")
    return read_config(name, overrides=overrides)


def named_study(
    name: Path, *, overrides: Mapping[str, Any], output: Path | None = None, data: Path | None = None
) -> Study:
    """The study that a person means: the one in the folder `name`, changed by `overrides`, or a new one of a config.

    A folder is a study if it holds a study.json; one that merely bears a preset's name is not in the preset's way.
    A new study's folder is `output`, or else studies/NAME, and if a study is there it grows.

    Raises `InputError` as `Study.create`, or if `output` is given with a study's folder.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.study import named_study
        >>> named_study(Path("digits"), overrides={"seeds": 1}, output=Path("mine")).folder.name
        'mine'
    """
    if (name / "study.json").exists():
        if output is not None:
            raise InputError(f"{name} is a study, which grows where it lies; leave out --output {output}")
        study = Study.open(name, data=data)
        return study.grown(config_from(overrides, base=study.config)) if overrides else study
    config = named_config(name, overrides=overrides)
    return Study.create(config, output or Path("studies") / config.name, data=data)
