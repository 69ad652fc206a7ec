"""The published schema of notifications describes what is sent, member by member."""

import json
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types

from bluegreen.contract.message import SCHEMA_VERSION, Links, MessageBody
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.sagemaker.observation import Stage
from messages.notifications import Sent, sent
from shipped import ROOT

SCHEMA: Final[dict[str, Any]] = json.loads(
    (ROOT / "docs/notification.schema.json").read_text("utf-8")
)
OF_OURS: Final = Draft202012Validator({**SCHEMA, "additionalProperties": False})


def test_it_is_a_schema_with_every_member_and_no_other() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    members = SCHEMA["properties"]
    assert set(members) == set(MessageBody.__annotations__)
    assert set(SCHEMA["required"]) == MessageBody.__required_keys__
    assert set(members["Links"]["properties"]) == set(Links.__annotations__)
    assert members["SchemaVersion"]["const"] == SCHEMA_VERSION


def test_its_words_are_those_of_the_code() -> None:
    members = SCHEMA["properties"]
    assert set(members["Event"]["enum"]) == {one.notification.event for one in sent()} | {"TEST"}
    assert members["Stage"]["enum"] == [str(stage) for stage in Stage]
    assert members["Verdict"]["enum"] == [str(verdict) for verdict in Verdict]
    assert members["Trigger"]["enum"] == [str(trigger) for trigger in Trigger]


@pytest.mark.parametrize("one", sent(), ids=lambda one: one.situation)
def test_what_is_sent_is_as_it_says(one: Sent) -> None:
    body = json.loads(json.dumps(one.notification.body()))
    assert [error.message for error in OF_OURS.iter_errors(body)] == []


@pytest.mark.parametrize("member", sorted(SCHEMA["properties"]))
def test_a_member_of_another_kind_is_refused(member: str) -> None:
    body = json.loads(json.dumps(sent()[0].notification.body()))
    assert not OF_OURS.is_valid({**body, member: 1.5})
