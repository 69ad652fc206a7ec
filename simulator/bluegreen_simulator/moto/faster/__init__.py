"""Does quickly what moto and botocore do slowly, with the same result; nothing here is AWS's."""

from bluegreen_simulator.moto.faster import (
    backends,
    client,
    dynamodb,
    expressions,
    headers,
    interpreter,
    large_tables,
    names,
    once,
    requests,
    responses,
    serializer,
    validation,
)

__all__ = [
    "backends",
    "client",
    "dynamodb",
    "expressions",
    "headers",
    "interpreter",
    "large_tables",
    "names",
    "once",
    "requests",
    "responses",
    "serializer",
    "validation",
]
