"""What Locust loads: the stages and every kind of user, or the clock of open arrivals. Alone: `locust -f` this."""

from locust import runners

from locustfiles import recorder
from locustfiles.shapes import IS_OPEN, Stages
from locustfiles.users import Probe

runners.HEARTBEAT_LIVENESS = 30  # seconds: a generator that is kept from the processor is late, not gone

if IS_OPEN:
    from locustfiles.users import Arrivals
else:
    from locustfiles.users import Doubter, Leaver, Reader, Streamer, Talker, Uploader

__all__ = ["Arrivals", "Doubter", "Leaver", "Probe", "Reader", "Stages", "Streamer", "Talker", "Uploader", "recorder"]
