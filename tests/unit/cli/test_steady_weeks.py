"""Blue's last week as a world file tells it."""

from bluegreen.check.situation import metric_key
from bluegreen.guardrails.asked import CLIENT_ERRORS
from bluegreen_cli.steady_weeks import steady_weeks
from builders import BLUE


def test_a_file_tells_a_steady_week() -> None:
    body = {"MeanPerMinute": 60, "Rate5XX": 0.005, "Rate4XX": 0.02}
    latency = {"LatencyMilliseconds": {"p90": 80, "p99.9": 200}}
    shapes = {
        "Endpoint": {"EndpointName": "churn", "EndpointConfigName": BLUE},
        "Traffic": {"main": {**body, **latency}, "bare": {"MeanPerMinute": 1, "Rate5XX": 0}},
    }
    dimensions = {"EndpointName": "churn", "VariantName": "main", "EndpointConfigName": BLUE}
    shown = frozenset({metric_key("AWS/SageMaker", CLIENT_ERRORS, dimensions)})
    weeks = steady_weeks(shapes, shown)
    assert weeks is not None
    assert list(weeks) == ["main"]
    main = weeks["main"]
    assert (len(main.requests), sum(main.requests)) == (7 * 1440, 7 * 1440 * 60)
    assert (main.server_errors[0], main.client_errors[0]) == (0.3, 1.2)
    assert main.latency_ms == {90: [80], 99.9: [200]}
    assert main.by_config == {CLIENT_ERRORS}
    assert steady_weeks({"Traffic": {"main": {"MeanPerMinute": 1}}}, frozenset()) is None
