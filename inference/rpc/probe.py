"""`python -m inference.rpc.probe ADDRESS`: does the engine there serve? For container health checks; needs no key."""

from __future__ import annotations

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from .address import Address


def main(address: str) -> int:
    with grpc.insecure_channel(Address.parse(address).target) as channel:
        asked = health_pb2.HealthCheckRequest()
        try:
            reply = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=4)
        except grpc.RpcError:
            return 1
    return int(reply.status != health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
