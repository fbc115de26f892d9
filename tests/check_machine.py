"""Says in one sentence, before pytest begins, what the tests lack on this machine. Run by the Makefile."""

import shutil
import sys

from memviz.cli.display import use_offscreen
from memviz.core.errors import KnownError

try:
    use_offscreen()
except KnownError as error:
    sys.exit(str(error))

if shutil.which("redis-server") is None:
    print(
        "redis-server is not installed: tests of memories on Redis are skipped"
        " (on Debian: apt-get install redis-server).",
        file=sys.stderr,
    )
