"""The page of the catalogue is what the catalogue says, and the catalogue has no doubles."""

from itertools import combinations

from bluegreen.sagemaker.metrics import CATALOGUE, Kind, Standing, standing_of
from metrics_page import PAGE, page


def test_the_page_is_what_the_code_makes() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_each_row_has_its_source_and_dimensions() -> None:
    assert [row for row in CATALOGUE if not row.source or not row.dimensions + row.uncertain] == []


def test_no_metric_stands_twice_for_one_kind_of_endpoint() -> None:
    pairs = [
        (one.names, other.names)
        for one, other in combinations(CATALOGUE, 2)
        if (one.namespace, one.kind) == (other.namespace, other.kind)
        and set(one.names) & set(other.names)
    ]
    assert pairs == []


def test_every_row_is_what_it_says_for_an_endpoint_of_its_kind() -> None:
    for row in CATALOGUE:
        asynchronous = row.kind is Kind.ASYNCHRONOUS
        for name in row.names:
            for sets, standing in (
                (row.dimensions, Standing.DOCUMENTED),
                (row.uncertain, Standing.UNCERTAIN),
            ):
                found = {
                    standing_of(row.namespace, name, each, asynchronous=asynchronous)
                    for each in sets
                }
                assert found <= {standing}, (name, found)
