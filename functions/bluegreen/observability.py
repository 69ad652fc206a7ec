"""The logger and the metrics that every handler shares."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="bluegreen")
metrics = Metrics(service="bluegreen", namespace="bluegreen")
