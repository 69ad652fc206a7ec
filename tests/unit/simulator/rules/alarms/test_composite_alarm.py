"""AlarmRule: what holds, and AWS's words for what is no rule (as far as they are published)."""

import pytest

from bluegreen_simulator.rules.alarms.composite_alarm import AlarmRuleError, name_in, parse_rule

START = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"
ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"
STATES = {"bad": "ALARM", "good": "OK", "new": "INSUFFICIENT_DATA", "a b": "ALARM", 'q"(x)': "OK"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("TRUE", True),
        ("FALSE", False),
        ("false", False),
        ("True", True),
        ("ALARM(bad)", True),
        ("ALARM(good)", False),
        ("ALARM(new)", False),
        ("OK(good)", True),
        ("OK(bad)", False),
        ("INSUFFICIENT_DATA(new)", True),
        ("INSUFFICIENT_DATA(good)", False),
        ('ALARM("bad")', True),
        ('ALARM ( "a b" )', True),
        (r'OK("q\"(x)")', True),
        (f"ALARM({ARN}bad)", True),
        (f'OK("{ARN}good")', True),
        ("NOT ALARM(bad)", False),
        ("NOT NOT ALARM(bad)", True),
        ("NOT ALARM(good) AND ALARM(bad)", True),
        ("NOT (ALARM(good) OR ALARM(bad))", False),
        ("ALARM(bad) AND ALARM(good)", False),
        ("ALARM(bad) OR ALARM(good)", True),
        ("ALARM(bad) OR ALARM(bad) AND ALARM(good)", True),
        ("(ALARM(bad) OR ALARM(bad)) AND ALARM(good)", False),
        ("(ALARM(bad) OR\n\tALARM(good)) AND\nOK(good)", True),
        ("((((ALARM(bad)))))", True),
        ("ALARM(bad)AND TRUE", True),
    ],
)
def test_rules(rule: str, holds: bool) -> None:
    assert parse_rule(rule).holds(STATES) is holds


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("()", f"Error in AlarmRule [Unsupported token ')' at char 1, must be: {START}]"),
        ("bad", f"Error in AlarmRule [Unsupported token 'bad' at char 0, must be: {START}]"),
        ("alarm(a)", f"Error in AlarmRule [Unsupported token 'alarm' at char 0, must be: {START}]"),
        (
            "ALARM(a) AND",
            f"Error in AlarmRule [Unsupported token '<end>' at char 12, must be: {START}]",
        ),
        ("NOT", f"Error in AlarmRule [Unsupported token '<end>' at char 3, must be: {START}]"),
        ("AND TRUE", f"Error in AlarmRule [Unsupported token 'AND' at char 0, must be: {START}]"),
        (
            "ALARM(SampleQueue Oldest Age Alarm)",
            "Error in AlarmRule [Unsupported token 'Oldest' at char 18, must be: ')']",
        ),
        ("(TRUE", "Error in AlarmRule [Unsupported token '<end>' at char 5, must be: ')']"),
        ("ALARM", "Error in AlarmRule [Unsupported token '<end>' at char 5, must be: '(']"),
        ("ALARM a", "Error in AlarmRule [Unsupported token 'a' at char 6, must be: '(']"),
        (
            "ALARM()",
            "Error in AlarmRule [Unsupported token ')' at char 6, must be: an alarm name or ARN]",
        ),
        (
            'ALARM("a)',
            "Error in AlarmRule [Unsupported token '\"' at char 6, must be: an alarm name or ARN]",
        ),
        (
            "TRUE FALSE",
            "Error in AlarmRule [Unsupported token 'FALSE' at char 5, must be: 'AND' or 'OR']",
        ),
        ("TRUE)", "Error in AlarmRule [Unsupported token ')' at char 4, must be: 'AND' or 'OR']"),
        (
            "TRUE XOR FALSE",
            "Error in AlarmRule [Unsupported token 'XOR' at char 5, must be: 'AND' or 'OR']",
        ),
        (
            "TRUE && FALSE",
            "Error in AlarmRule [Unsupported token '&&' at char 5, must be: 'AND' or 'OR']",
        ),
        (
            " TRUE",
            "AlarmRule must not contain leading or trailing whitespace or be null",
        ),
        (
            " OR ".join(f"ALARM(a{number})" for number in range(101)),
            "AlarmRule must not have more than 100 child alarms",
        ),
        (" OR ".join(["TRUE"] * 501), "AlarmRule must not have more than 500 elements"),
        ("(" * 101 + "TRUE" + ")" * 101, "AlarmRule is nested too deeply"),
    ],
)
def test_no_rules(rule: str, message: str) -> None:
    with pytest.raises(AlarmRuleError) as error:
        parse_rule(rule)
    assert str(error.value) == message


def test_as_much_as_may_be() -> None:
    assert len(parse_rule(" OR ".join(f"ALARM(a{n})" for n in range(100))).references) == 100
    assert parse_rule(" AND ".join(["TRUE"] * 500)).holds({})
    assert parse_rule("(" * 99 + "TRUE" + ")" * 99).holds({})


def test_at_least_is_not_modelled() -> None:
    with pytest.raises(NotImplementedError, match="AT_LEAST in an AlarmRule"):
        parse_rule("AT_LEAST(2, ALARM, (a, b, c))")


def test_references_stand_in_their_order_once() -> None:
    rule = parse_rule(f'ALARM(z) OR OK("a b") AND NOT ALARM(z) OR OK({ARN}z)')
    assert rule.references == ("z", "a b", f"{ARN}z")
    assert [name_in(reference) for reference in rule.references] == ["z", "a b", "z"]
