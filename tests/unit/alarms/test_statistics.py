import pytest

from bluegreen_simulator.alarms.statistics import Statistics


def test_samples_of_one_value() -> None:
    assert Statistics.of(4.0, 3) == Statistics(sum=12.0, count=3, minimum=4.0, maximum=4.0)


def test_merging() -> None:
    blue, green = Statistics.of(5000.0, 400), Statistics.of(8000.0, 200)
    both = Statistics(sum=3_600_000.0, count=600, minimum=5000.0, maximum=8000.0)
    assert blue.merged(green) == both
    assert green.merged(blue) == both


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Average", 2.5),
        ("Sum", 10.0),
        ("Minimum", 1.0),
        ("Maximum", 6.0),
        ("SampleCount", 4.0),
    ],
)
def test_the_statistics_of_cloudwatch(statistic: str, value: float) -> None:
    assert Statistics(sum=10.0, count=4, minimum=1.0, maximum=6.0).value(statistic) == value
