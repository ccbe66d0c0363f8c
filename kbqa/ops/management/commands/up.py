"""Everything on one machine: the website, a worker and the schedule, until Ctrl-C."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from kbqa.ops.processes import Process, Supervisor


class Command(BaseCommand):
    help = "Run the website and a worker (with the schedule) together; what dies is restarted, Ctrl-C stops all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=16, help="requests served at once (default 16)")

    def handle(self, *, host: str, port: int, threads: int, **options: object) -> None:
        quiet = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}
        web = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "kbqa.wsgi:application"),
            *("--host", host, "--port", str(port), "--blocking-threads", str(threads), "--no-ws"),
            *("--backpressure", "1024", "--workers-kill-timeout", "15", "--respawn-failed-workers"),
            *("--log-level", "warning"),
        ]
        worker = [
            *(sys.executable, "-m", "celery", "-A", "kbqa", "worker", "--beat", "--pool", "prefork"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
        ]
        self.stdout.write(self.style.SUCCESS(f"KBQA is starting on http://{host}:{port}/  (Ctrl-C stops it)"))
        Supervisor([Process("web", web, quiet), Process("worker", worker, quiet)]).run()
        self.stdout.write("Stopped.")
