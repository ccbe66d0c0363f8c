"""Settings, by subject. They differ between machines in environment variables only."""

from .core import *  # noqa: F403
from .engine import *  # noqa: F403
from .logs import *  # noqa: F403
from .queue import *  # noqa: F403
from .rest import *  # noqa: F403
from .security import *  # noqa: F403
from .storage import *  # noqa: F403
