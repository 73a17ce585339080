"""The command, `slowpoints` or `python -m slowpoints`."""

import sys

from slowpoints._extras import MissingLibrary


def main() -> None:
    """Runs the command, or says with exit code 2 which library it lacks."""
    try:
        from slowpoints.cli import main as command
    except MissingLibrary as error:
        print(f"slowpoints: {error}", file=sys.stderr)
        sys.exit(2)
    command()


if __name__ == "__main__":
    main()
