"""`python -m eval`: runs one command (0 done, 1 some lines skipped, 2 wrong usage)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from eval import commands, speed
from eval.arguments import parser
from ingest.errors import TenkyoError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one evaluation command; messages and progress go to standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["calibrate"]:
        from eval import calibrate  # has a parser of its own, and loads torch

        return calibrate.main(arguments[1:])
    options = parser().parse_args(arguments or ["run"])
    try:
        room = speed if hasattr(speed, options.command) else commands
        return int(getattr(room, options.command)(options))
    except (commands.Stop, TenkyoError) as error:
        return _fail(str(error))
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename}: 読み書きできません。パスと権限を確かめてください ({error.strerror})")
    except KeyboardInterrupt:
        return _fail("中断しました")


def _fail(message: str) -> int:
    print(f"eval: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
