"""Does quickly what moto and botocore do slowly, with the same result; nothing here is AWS's."""

from bluegreen_simulator.moto.faster import backends, client, dynamodb, requests, responses

__all__ = ["backends", "client", "dynamodb", "requests", "responses"]
