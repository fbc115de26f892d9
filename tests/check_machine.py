"""Says in one sentence, before pytest ends in a traceback, which system library the tests lack. Run by the Makefile."""

import sys

from memviz.cli.display import use_offscreen
from memviz.core.errors import KnownError

try:
    use_offscreen()
except KnownError as error:
    sys.exit(str(error))
