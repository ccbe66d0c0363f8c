"""What Locust loads: every kind of user, and the stages. Alone: `locust -f locustfiles/locustfile.py`."""

from locustfiles import recorder
from locustfiles.shapes import Stages
from locustfiles.users import Doubter, Leaver, Probe, Reader, Streamer, Talker, Uploader

__all__ = ["Doubter", "Leaver", "Probe", "Reader", "Stages", "Streamer", "Talker", "Uploader", "recorder"]
