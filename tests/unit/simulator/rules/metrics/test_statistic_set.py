from bluegreen_simulator.rules.metrics.statistic_set import Statistics

UNKNOWN = Statistics(sum=12.0, count=3, minimum=1.0, maximum=9.0)


def test_samples_of_one_value() -> None:
    assert Statistics.of(4.0, 3) == Statistics(sum=12.0, count=3, minimum=4.0, maximum=4.0)
    assert Statistics.of(4.0, 3).samples == {4.0: 3}


def test_samples_by_value() -> None:
    errors = Statistics.of_values({0.0: 594, 1.0: 6})
    assert errors == Statistics(sum=6.0, count=600, minimum=0.0, maximum=1.0)
    assert errors.samples == {0.0: 594, 1.0: 6}


def test_merging() -> None:
    blue, green = Statistics.of(5000.0, 400), Statistics.of(8000.0, 200)
    both = Statistics(sum=3_600_000.0, count=600, minimum=5000.0, maximum=8000.0)
    assert blue.merged(green) == both
    assert green.merged(blue) == both
    assert blue.merged(green).merged(blue).samples == {5000.0: 800, 8000.0: 200}


def test_a_set_of_values_that_differ_has_no_samples() -> None:
    assert UNKNOWN.samples is None
    assert UNKNOWN.merged(Statistics.of(4.0)).samples is None
    assert Statistics.of(4.0).merged(UNKNOWN).samples is None


def test_a_set_of_equal_values_has_samples() -> None:
    assert Statistics(sum=4.0, count=1, minimum=4.0, maximum=4.0).samples == {4.0: 1}
    tenths = Statistics(sum=0.9999999999999999, count=10, minimum=0.1, maximum=0.1)
    assert tenths.samples == {0.1: 10}
    assert Statistics(sum=5.0, count=1, minimum=4.0, maximum=4.0).samples is None
