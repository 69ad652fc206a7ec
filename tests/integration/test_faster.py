"""What stands in for moto and botocore to be faster gives, call for call, what they give."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
import xmltodict
from botocore import utils
from botocore.awsrequest import HeadersDict
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from botocore.parsers import BaseJSONParser, JSONParser
from botocore.regions import EndpointRulesetResolver
from botocore.validate import ParamValidator, ValidationErrors
from dateutil.tz import tzlocal, tzutc
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.cloudformation.utils import random_suffix
from moto.core import responses
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.model import ServiceModel
from moto.core.parse import BaseJSONParser as MotosJSONParser
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.core.serialize import JSONSerializer, ResponseSerializer, TimestampSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.moto_random import MotoRandom
from moto.sqs import models as sqs
from moto.stepfunctions.parser.asl.eval.states import States
from werkzeug import formparser

from bluegreen_simulator.aws.cloudformation.names import IN_SUFFIX, SUFFIX_LENGTH
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.moto import replacements
from bluegreen_simulator.moto.faster import dynamodb, expressions
from bluegreen_simulator.moto.faster.backends import drawn
from bluegreen_simulator.moto.faster.once import session
from bluegreen_simulator.moto.replacements import ORIGINALS, REPLACEMENTS
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre

ROOT = Path(__file__).parents[2]
CANARY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
NOT_COMPARED = {"wsgi.input", "wsgi.errors", "werkzeug.request"}
Compare = Callable[..., Any]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Compare], list[str]]:
    """Let `compare` answer in a place: it gets ours and the original, and what is asked."""

    def stand_in(owner: Any, name: str, compare: Compare) -> list[str]:
        places = [(each.owner, each.name) for each in REPLACEMENTS]
        index = places.index((owner, name))
        ours = REPLACEMENTS[index]
        asked: list[str] = []
        original = ORIGINALS[owner, name]
        functions = [getattr(each, "__func__", each) for each in (ours.function, original)]

        def answer(*args: Any, **more: Any) -> Any:
            asked.append(name)
            return compare(*functions, *args, **more)

        wrapped = type(original)(answer) if isinstance(original, classmethod) else answer
        monkeypatch.setattr(owner, name, wrapped)
        changed = [*REPLACEMENTS]
        changed[index] = replace(ours, function=wrapped)
        monkeypatch.setattr(replacements, "REPLACEMENTS", changed)
        return asked

    return stand_in


def run_through_every_service() -> None:
    """Calls of each protocol, with answers and errors, with and without a body."""
    with EmbeddedAws() as aws:
        theatre = Theatre(aws)
        theatre.make_config("churn-blue", Fleet({}))
        theatre.make_endpoint("churn", "churn-blue")
        theatre.make_alarms(list(CANARY.alarms))
        table = aws.client("dynamodb")
        table.create_table(
            TableName="rows",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        item = {"pk": {"S": "a=b&C=c%20d+e é"}, "list": {"L": [{"N": "1"}, {"BOOL": True}]}}
        table.put_item(TableName="rows", Item=item)
        assert table.get_item(TableName="rows", Key={"pk": item["pk"]})["Item"] == item
        with pytest.raises(ClientError, match="ResourceNotFound"):
            table.get_item(TableName="none", Key={"pk": {"S": "a"}})
        put = {"TableName": "rows", "Item": item}
        table.transact_write_items(TransactItems=[{"Put": put}])
        topic = aws.client("sns").create_topic(Name="news")["TopicArn"]
        aws.client("sns").publish(TopicArn=topic, Message="a & b", Subject="=")
        store = aws.client("s3")
        where = {"LocationConstraint": "eu-central-1"}
        store.create_bucket(Bucket="files", CreateBucketConfiguration=where)
        store.put_object(Bucket="files", Key="a b/ü.txt", Body=b"text", Metadata={"my_key": "x"})
        store.put_object(Bucket="files", Key="empty", Body=BytesIO(b""))
        assert store.get_object(Bucket="files", Key="a b/ü.txt")["Metadata"] == {"my_key": "x"}
        aws.client("cloudwatch").describe_alarms()
        aws.client("sagemaker").describe_endpoint(EndpointName="churn")
        aws.client("iam").list_roles()
        aws.client("events").list_rules()
        aws.client("kms").list_keys()
        aws.client("logs").describe_log_groups()
        aws.client("sqs").list_queues()
        aws.client("ssm").describe_parameters()
        aws.client("cloudformation").list_stacks()
        aws.client("lambda").list_functions()
        with pytest.raises(ClientError, match="ResourceNotFound"):
            aws.client("lambda").invoke(FunctionName="none", Payload=b"{}")
        aws.client("logs").create_log_group(logGroupName="group")
        aws.client("sqs").create_queue(QueueName="queue")
        aws.client("events").list_rules()
        aws.client("ssm").describe_parameters()
        aws.client("stepfunctions").list_state_machines()
        aws.client("sts").get_caller_identity()


def test_a_request_is_prepared_as_botocore_prepares_it(compared: Any) -> None:
    def compare(ours: Any, original: Any, self: Any, params: Any, model: Any = None) -> Any:
        before = params["body"]
        expected: Any = original(self, {**params, "headers": dict(params["headers"])}, model)
        if isinstance(before, BytesIO):
            before.seek(0)
        got: Any = ours(self, params, model)
        assert isinstance(expected, type(got))
        assert type(got).__name__ == "AWSPreparedRequest"
        assert (got.method, got.url, got.body) == (expected.method, expected.url, expected.body)
        signed = {"Authorization", "X-Amz-Date"} if "Authorization" in got.headers else set()
        for headers in (got.headers, expected.headers):
            for name in signed:
                headers[name] = ""
        assert list(got.headers.items()) == list(expected.headers.items())
        assert (got.stream_output, got.context) == (expected.stream_output, expected.context)
        return got

    asked = compared(Endpoint, "create_request", compare)
    run_through_every_service()
    assert len(asked) > 25


def test_the_endpoint_is_the_one_that_the_rules_give(compared: Any) -> None:
    def compare(ours: Any, original: Any, *asked: Any, **more: Any) -> Any:
        expected = original(*asked, **deepcopy(more))
        got = ours(*asked, **more)
        assert got == expected
        return got

    asked = compared(EndpointRulesetResolver, "construct_endpoint", compare)
    run_through_every_service()
    assert len(asked) > 25


def test_a_request_comes_to_moto_as_werkzeug_makes_it(compared: Any) -> None:
    def parts(request: Any) -> Any:
        environ = {k: v for k, v in request.environ.items() if k not in NOT_COMPARED}
        return (
            environ,
            list(request.headers),
            request.data,
            request.form,
            list(request.files.items()),
            request.values,
            request.get_data(),
            request.raw_url,
            request.raw_path,
            request.url,
            request.host,
            request.method,
        )

    def compare(ours: Any, original: Any, *asked: Any) -> Any:
        bodies = [body.read() if hasattr(body, "read") else body for body in asked[4:]]
        expected, got = original(*asked[:4], *bodies), ours(*asked[:4], *bodies)
        for mine, theirs in zip(parts(got), parts(expected), strict=True):
            assert mine == theirs
        assert got.environ.keys() == expected.environ.keys()
        return ours(*asked[:4], *bodies)

    asked = compared(Request, "from_primitives", compare)
    run_through_every_service()
    assert len(asked) > 25


def test_a_handler_reads_of_a_request_what_moto_reads(compared: Any) -> None:
    def attributes(handler: Any) -> dict[str, Any]:
        return {k: v for k, v in vars(handler).items() if k != "normalized_request"}

    def compare(ours: Any, original: Any, self: Any, *asked: Any, **more: Any) -> None:
        other = deepcopy(vars(self))
        original(self, *asked, **more)
        expected = attributes(self)
        vars(self).clear()
        vars(self).update(other)
        ours(self, *asked, **more)
        got = attributes(self)
        assert got.keys() == expected.keys()
        assert {k: v for k, v in got.items() if k != "headers"} == {
            k: v for k, v in expected.items() if k != "headers"
        }
        assert list(got["headers"]) == list(expected["headers"])

    asked = compared(BaseResponse, "setup_class", compare)
    run_through_every_service()
    assert len(asked) > 25


def test_a_call_is_answered_by_the_handler_that_moto_finds(compared: Any) -> None:
    places: dict[str, list[Any]] = {"ours": [], "original": []}

    def compare(ours: Any, original: Any, self: Any, request: Any) -> Any:
        found: list[Any] = []
        if ".s3." in request.url or "lambda" in request.url:  # they have ways of their own
            return ours(self, request)

        def note(this: Any, request: Any, url: Any = None, headers: Any = None) -> Any:
            found.append((type(this), url, request.raw_url, list(headers or [])))
            return 200, {}, ""

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(BaseResponse, "_dispatch", note)
            original(self, request)
            ours(self, request)
        places["original"].append(found[0])
        places["ours"].append(found[1])
        return ours(self, request)

    compared(BotocoreStubber, "process_request", compare)
    run_through_every_service()
    assert places["ours"] == places["original"]
    assert len(places["ours"]) > 15


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (BaseJSONParser, "_parse_shape"),
        (BaseJSONParser, "_handle_structure"),
        (BaseJSONParser, "_handle_list"),
        (MotosJSONParser, "_parse_structure"),
    ],
    ids=["values in answers", "answers", "lists in answers", "requests"],
)
def test_json_is_read_by_the_model_in_the_order_of_the_model(
    owner: Any,
    name: str,
    compared: Any,
) -> None:
    def compare(ours: Any, original: Any, self: Any, shape: Any, value: Any) -> Any:
        got, expected = ours(self, shape, value), original(self, shape, value)
        assert got == expected
        assert not isinstance(got, dict) or list(got) == list(expected)
        return got

    asked = compared(owner, name, compare)
    run_through_every_service()
    assert len(asked) > 25


def test_headers_are_found_by_any_spelling_and_keep_their_first() -> None:
    ours = {r.name: r.function for r in REPLACEMENTS if r.owner is HeadersDict}
    originals = {name: ORIGINALS[HeadersDict, name] for name in ours}

    class Theirs(HeadersDict):
        __init__, __getitem__, __setitem__ = (originals[name] for name in ours)

    class Ours(HeadersDict):
        __init__, __getitem__, __setitem__ = (ours[name] for name in ours)

    assert list(ours) == ["__init__", "__getitem__", "__setitem__"]
    told = []
    for clazz in (Ours, Theirs):
        twice = {"X-Amz-Id": 1, "x-amz-id": 2, "Host": b"h"}
        for headers in (clazz(twice), clazz(), clazz([("A", 1), ("a", 2)]), clazz(twice, b=3)):
            headers["HOST"], headers["New"] = "other", None
            found = [headers.get(name, "none") for name in ("host", "NEW", "x-AMZ-id", "Other")]
            told.append((list(headers.items()), found, "hOSt" in headers, "Other" in headers))
            with pytest.raises(KeyError):
                headers["Other"]
    assert told[:4] == told[4:]


def test_what_is_sent_is_checked_as_botocore_checks_it(compared: Any) -> None:
    def compare(ours: Any, original: Any, *asked: Any, name: str = "") -> None:
        *values, errors = asked[:4]
        got, expected = ValidationErrors(), ValidationErrors()
        where = (*asked[4:], name)[0]
        ours(*values, got, where)
        original(*values, expected, where)
        assert got.generate_report() == expected.generate_report()
        errors._errors.extend(vars(got)["_errors"])

    asked = compared(ParamValidator, "_validate", compare)
    run_through_every_service()
    assert len(asked) > 100
    for service, operation, member in (
        ("logs", "CreateLogGroup", "logGroupName"),
        ("sagemaker", "DescribeEndpoint", "EndpointName"),
        ("s3control", "GetPublicAccessBlock", "AccountId"),
    ):
        client: Any = session().client(service)  # type: ignore[call-overload] # by a variable
        shape = client.meta.service_model.operation_model(operation).input_shape
        refused = [
            ParamValidator().validate({member: value}, shape).has_errors()
            for value in ("", "a", 7, None, b"a", ["a"])
        ]
        assert refused == [service != "sagemaker", False, True, True, True, True]


def test_an_answer_is_written_as_moto_writes_it(compared: Any) -> None:
    def compare(ours: Any, original: Any, self: Any, into: Any, *asked: Any) -> None:
        got, expected = type(into)(), type(into)()
        ours(self, got, *asked)
        original(self, expected, *asked)
        assert repr(got) == repr(expected)
        into.update(got)

    asked = compared(ResponseSerializer, "_serialize", compare)
    run_through_every_service()
    assert len(asked) > 100


def test_text_is_written_under_the_name_that_the_model_gives_it() -> None:
    shapes: Any = {
        "Text": {"type": "string"},
        "Texts": {"type": "list", "member": {"shape": "Text", "locationName": "one"}},
        "Out": {
            "type": "structure",
            "members": {
                "Name": {"shape": "Text", "locationName": "called"},
                "Names": {"shape": "Texts", "locationName": "all"},
            },
        },
    }
    operation = {"name": "Get", "http": {}, "output": {"shape": "Out"}}
    model = ServiceModel({"metadata": {}, "operations": {"Get": operation}, "shapes": shapes})
    out: Any = model.operation_model("Get").output_shape
    with EmbeddedAws():
        serializer = JSONSerializer(model.operation_model("Get"))
        for value in ({"Name": "a", "Names": ["b", ""]}, {"Name": "", "Names": []}, {"Name": 7}):
            written: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
            serializer._serialize(written[0], value, out, "")
            with pytest.MonkeyPatch.context() as patched:
                original = ORIGINALS[ResponseSerializer, "_serialize"]
                patched.setattr(ResponseSerializer, "_serialize", original)
                serializer._serialize(written[1], value, out, "")
            assert written[0] == written[1]
            assert "called" in written[0]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (ResponseSerializer, "get_value"),
        (TimestampSerializer, "_convert_timestamp_to_str"),
        (formparser, "parse_qsl"),
        (responses, "camelcase_to_underscores"),
    ],
    ids=["members of answers", "moments in answers", "forms", "calls"],
)
def test_what_is_read_or_written_again_is_the_same(owner: Any, name: str, compared: Any) -> None:
    def compare(ours: Any, original: Any, *asked: Any, **more: Any) -> Any:
        got, expected = ours(*asked, **more), original(*asked, **more)
        assert got == expected
        assert type(got) is type(expected)
        return got

    asked = compared(owner, name, compare)
    for _ in range(2):
        run_through_every_service()
    assert len(asked) > 5


def test_the_id_of_a_request_stands_in_every_answer() -> None:
    (ours,) = [r.function.__func__ for r in REPLACEMENTS if r.name == "_enrich_response"]
    original = ORIGINALS[BaseResponse, "_enrich_response"].__func__
    asked = "<A><RequestId>x</RequestId></A>"
    with EmbeddedAws():
        for body in ("", "{}", asked, f"{asked}{asked}", asked.encode(), b"", None, ["a"]):
            told = []
            for enrich in (ours, original):
                mock_random.seed(7)
                told.append(enrich({"status": 200}, body))
            assert told[0] == told[1]


def test_a_moment_is_written_by_its_instant() -> None:
    (ours,) = [r.function for r in REPLACEMENTS if r.owner is TimestampSerializer]
    original = ORIGINALS[TimestampSerializer, "_convert_timestamp_to_str"]
    serializer, nine = TimestampSerializer("iso8601"), datetime(2026, 1, 5, 9, tzinfo=UTC)
    zones = [UTC, timezone(timedelta(hours=2)), ZoneInfo("Europe/Berlin"), tzutc(), None]
    finer = (nine.replace(tzinfo=zone, microsecond=us) for zone in zones for us in (0, 1500))
    for value in (*finer, 1767603600, "2026-01-05T09:00:00Z"):
        for form in ("iso8601", "unixtimestamp", "rfc822"):
            got, expected = ours(serializer, value, form), original(serializer, value, form)
            assert (got, type(got)) == (expected, type(expected))


def test_a_variable_is_found_in_the_innermost_frame_that_has_it() -> None:
    (ours,) = [r.function for r in REPLACEMENTS if r.owner is Jsonata.Frame]
    original = ORIGINALS[Jsonata.Frame, "lookup"]
    outer = Jsonata.Frame(None)
    inner = Jsonata.Frame(Jsonata.Frame(outer))
    for name, value in (("a", 1), ("b", None), ("c", 3), ("d", 4)):
        outer.bind(name, value)
    for name, value in (("a", None), ("b", 2), ("c", Utils.NONE)):
        inner.bind(name, value)
    for name in "abcde":
        for frame in (inner, outer):
            assert ours(frame, name) == original(frame, name)


def test_a_moment_is_told_in_the_zone_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    (ours,) = [r.function for r in REPLACEMENTS if r.name == "_handle_timestamp"]
    original, parser = ORIGINALS[BaseJSONParser, "_handle_timestamp"], JSONParser()
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        for value in (1767603600.25, 1767603600, 0, 2**33, "1767603600", "2026-01-05T09:00:00Z"):
            got, expected = ours(parser, None, value), original(parser, None, value)
            assert got.isoformat() == expected.isoformat()
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("more", [{}, {"include_digits": False}, {"lower_case": True}])
def test_random_text_is_the_same_and_leaves_the_same_numbers(more: dict[str, bool]) -> None:
    ours, theirs = MotoRandom(7), MotoRandom(7)
    (replacement,) = [r for r in REPLACEMENTS if r.name == "get_random_string"]
    for length in (0, 1, 52):
        expected = ORIGINALS[MotoRandom, "get_random_string"](theirs, length, **more)
        assert replacement.function(ours, length, **more) == expected
    assert ours.random() == theirs.random()


def test_a_suffix_is_drawn_as_moto_draws_it() -> None:
    mock_random.seed(7)
    expected = [random_suffix(), random_suffix(), mock_random.random()]
    mock_random.seed(7)
    suffixes = [drawn(mock_random, IN_SUFFIX, SUFFIX_LENGTH) for _ in range(2)]
    assert [*suffixes, mock_random.random()] == expected


def test_the_operation_of_a_request_is_the_one_that_moto_finds_each_time(compared: Any) -> None:
    def compare(ours: Any, original: Any, self: Any, request: Any) -> Any:
        expected = (original(self, request), self.uri_match)
        self.uri_match = None
        got = ours(self, request)
        assert (got, self.uri_match) == expected
        return got

    asked = compared(BaseResponse, "_get_action_from_method_and_request_uri", compare)
    run_through_every_service()
    assert len(asked) > 3


NAMES = ("Action", "CreateDBInstance", "theNewAttribute", "S3 Bucket", "", "já", "x_y", "KMSKeyId")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_put_in_small_letters_as_in_moto(name: str) -> None:
    ours, original = pair(sqs, "camelcase_to_underscores")
    assert [ours(name), ours(name)] == [original(name)] * 2


@pytest.mark.parametrize(
    "name", [*NAMES, "a b", "<a", "?a", "a/", 'a"', "a=b", "a\n", b"a", ["a"], 1]
)
def test_xml_takes_the_same_names(name: Any) -> None:
    def said(check: Any, kind: str) -> str | None:
        try:
            return str(check(name, kind))
        except ValueError as error:
            return str(error)

    ours, original = pair(xmltodict, "_validate_name")
    for kind in ("element", "attribute", "element"):
        assert said(ours, kind) == said(original, kind)


MOMENTS = ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.250000Z", "10:00", "2026-01-05", 1767603600)


@pytest.mark.parametrize(
    "moment", [*MOMENTS, "2026-01-05T09:00:00+02:00", "1767603600.5", "Monday"]
)
def test_a_moment_is_read_as_botocore_reads_it(moment: Any) -> None:
    ours, original = pair(utils, "_parse_timestamp_with_tzinfo")
    for zone in (tzlocal, tzutc, tzlocal):
        got, expected = ours(moment, zone), original(moment, zone)
        assert (got, got.utcoffset(), type(got.tzinfo)) == (
            expected,
            expected.utcoffset(),
            type(expected.tzinfo),
        )


def test_a_moment_that_the_day_decides_is_read_anew() -> None:
    ours, _ = pair(utils, "_parse_timestamp_with_tzinfo")
    with time_machine.travel("2026-01-05", tick=False):
        first = ours("10:00", tzutc)
    with time_machine.travel("2026-01-06", tick=False):
        assert ours("10:00", tzutc) == first + timedelta(days=1)


def pair(owner: Any, name: str) -> tuple[Any, Any]:
    """Ours and the original of a place."""
    (ours,) = [each.function for each in REPLACEMENTS if (each.owner, each.name) == (owner, name)]
    return ours, ORIGINALS[owner, name]


def test_backends_are_made_where_moto_makes_them() -> None:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - it is moto's only inside of one

    with EmbeddedAws():
        ours = sqs_backends["123456789012"]
        assert ours["eu-central-1"] is sqs_backends["123456789012"]["eu-central-1"]
        assert sqs_backends in BackendDict._instances  # so that they are reset
        with pytest.raises(KeyError):
            ours["nowhere"]
    assert not sqs_backends


def test_an_item_is_too_large_at_the_same_size() -> None:
    (replacement,) = [r for r in REPLACEMENTS if r.owner is LimitedSizeDict]
    for text, more in (("x" * 404_990, ""), ("x" * 405_000, ""), ("é" * 202_495, "ab")):
        items = LimitedSizeDict.__new__(LimitedSizeDict), LimitedSizeDict.__new__(LimitedSizeDict)
        setters = replacement.function, ORIGINALS[LimitedSizeDict, "__setitem__"]
        outcomes = []
        for item, setter in zip(items, setters, strict=True):
            outcome = []
            for name, value in (
                ("pk", {"S": "a"}),
                ("text", {"S": text}),
                ("m", {"M": {"n": {"S": more}}}),
            ):
                try:
                    setter(item, name, DynamoType(value))
                except ItemSizeTooLarge as error:
                    outcome.append(type(error))
            outcomes.append((outcome, list(item)))
        assert outcomes[0] == outcomes[1]


def test_an_item_has_as_many_bytes_as_in_moto() -> None:
    sizes = {r.owner: r.function for r in REPLACEMENTS if r.name == "size"}
    attributes: Any = {
        "pk": {"S": "a"},
        "é": {"S": "é€"},
        "n": {"N": "-12.5"},
        "b": {"B": b"bytes"},
        "bool": {"BOOL": False},
        "null": {"NULL": True},
        "l": {"L": [{"S": "é"}, {"N": "1"}, {"M": {"ü": {"SS": ["u", "é"]}}}]},
        "ns": {"NS": ["1", "23"]},
        "empty": {"S": ""},
    }
    item = Item(DynamoType({"S": "a"}), None, attributes)
    assert sizes[Item](item) == ORIGINALS[Item, "size"](item)
    for value in item.attrs.values():
        assert sizes[DynamoType](value) == ORIGINALS[DynamoType, "size"](value)


UPDATES = (
    ("SET a = :a, b.c = if_not_exists(b.c, :a)", {":a": {"N": "7"}}),
    (
        "SET l = list_append(l, :l) REMOVE l[0] ADD n :n",
        {":l": {"L": [{"S": "x"}]}, ":n": {"N": "2"}},
    ),
    (
        "SET n = n + :n, #a = :a DELETE s :s",
        {":n": {"N": "3"}, ":a": {"M": {"d": {"BOOL": True}}}, ":s": {"SS": ["u"]}},
    ),
    ("SET pk = :a", {":a": {"S": "no"}}),
    ("SET a = :a, a = :a", {":a": {"S": "twice"}}),
    ("SET a = :missing", {":a": {"S": "unused"}}),
)


def updated(expression: str, values: dict[str, Any]) -> list[tuple[Any, Any]]:
    """What DynamoDB answers to an update done twice, and what stands in the table each time."""
    with EmbeddedAws() as aws:
        table = aws.client("dynamodb")
        table.create_table(
            TableName="rows",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        item = {
            "pk": {"S": "a"},
            "b": {"M": {"c": {"S": "old"}, "e": {"NULL": True}}},
            "l": {"L": [{"S": "first"}, {"B": b"bytes"}]},
            "n": {"N": "1"},
            "s": {"SS": ["u", "v"]},
        }
        table.put_item(TableName="rows", Item=item)
        return [updated_once(table, expression, values) for _ in range(2)]


def updated_once(table: Any, expression: str, values: dict[str, Any]) -> tuple[Any, Any]:
    key: Any = {"TableName": "rows", "Key": {"pk": {"S": "a"}}}
    names = {"ExpressionAttributeNames": {"#a": "a"}} if "#a" in expression else {}
    try:
        answer = table.update_item(
            **key,
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            **names,
        )["Attributes"]
    except ClientError as error:
        answer = error.response["Error"]
    return answer, table.get_item(**key)["Item"]


@pytest.mark.parametrize(("expression", "values"), UPDATES, ids=[each for each, _ in UPDATES])
def test_an_update_does_and_refuses_what_it_does_in_moto(
    expression: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = updated(expression, values)
    ours_are_in = {dynamodb.__name__, expressions.__name__}
    motos = [r for r in REPLACEMENTS if getattr(r.function, "__module__", "") not in ours_are_in]
    monkeypatch.setattr(replacements, "REPLACEMENTS", motos)
    for place in (r for r in REPLACEMENTS if r not in motos):
        original = ORIGINALS[place.owner, place.name]
        if original is None:
            monkeypatch.delattr(place.owner, place.name)
        else:
            monkeypatch.setattr(place.owner, place.name, original)
    assert updated(expression, values) == ours


CONDITIONS: tuple[tuple[str | None, Any, Any], ...] = (
    (None, None, None),
    ("", {}, {}),
    ("attribute_not_exists(pk)", None, None),
    ("attribute_exists(pk) AND #n <= :n", {"#n": "n"}, {":n": {"N": "7"}}),
    ("attribute_exists(pk) AND #n <= :n", {"#n": "missing"}, {":n": {"N": "7"}}),
    ("attribute_exists(pk) AND #n <= :n", {"#n": "n"}, {":n": {"N": "1"}}),
    (
        "NOT (l[0] = :s OR m.a IN (:s, :t)) AND size(l) > :n",
        {},
        {":s": {"S": "x"}, ":t": {"S": "y"}, ":n": {"N": "0"}},
    ),
    ("n BETWEEN :n AND :m", {}, {":n": {"N": "1"}, ":m": {"N": "3"}}),
    ("s = :s", {}, {":s": {"SS": ["u", "v"]}}),
    ("n = :n", {}, {}),
    ("n = :n", {}, None),
    ("((n = :n))", {}, {":n": {"N": "2"}}),
    ("n == :n", {}, {":n": {"N": "2"}}),
    ("status = :n", {}, {":n": {"N": "2"}}),
)


def tree(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return [tree(each) for each in part]
    members = getattr(part, "__dict__", None)
    return part if members is None else (type(part), {k: tree(v) for k, v in members.items()})


def read(parse: Any, expression: str | None, names: Any, values: Any) -> Any:
    """What a condition is, which names and values it has, what it says of an item and of none."""
    attributes: Any = {
        "pk": {"S": "a"},
        "n": {"N": "2"},
        "l": {"L": [{"S": "first"}]},
        "m": {"M": {"a": {"S": "z"}}},
        "s": {"SS": ["v", "u"]},
    }
    item = Item(DynamoType({"S": "a"}), None, attributes)
    parser = ConditionExpressionParser(expression, names, values)
    try:
        condition = parse(parser)
        said = [condition.expr(item), "size" in str(expression) or condition.expr(None)]
    except Exception as error:  # noqa: BLE001 - whichever it is
        return type(error), str(error)
    return tree(condition), parser.expr_attr_names_found, parser.expr_attr_values_found, said


def test_what_a_workflow_reads_of_its_data_is_a_copy_of_its_own() -> None:
    (ours,) = [r.function for r in REPLACEMENTS if (r.owner, r.name) == (States, "_extract")]
    original = ORIGINALS[States, "_extract"]
    data = {"input": {"a": [1, 2.5, None, True, {"b": ("c",)}]}, "context": {"set": {"d"}}}
    for query in (None, "$.input", "$.input.a[4]", "$.context"):
        copied = ours(query, data)
        assert copied == original(query, data)
        assert copied is not (data if query is None else original(query, data))
    ours("$.input", data)["a"].append("more")
    ours(None, data)["input"]["a"][4]["b"] = "other"
    assert data["input"] == {"a": [1, 2.5, None, True, {"b": ("c",)}]}


@pytest.mark.parametrize("name", ["reset", "set_result"])
def test_what_a_workflow_keeps_of_its_data_is_a_copy_of_its_own(name: str) -> None:
    (ours,) = [r.function for r in REPLACEMENTS if (r.owner, r.name) == (States, name)]
    data: dict[str, Any] = {"a": [1, 2.5, None, True, {"b": ("c",)}], "d": {}}
    kept = []
    for keep in (ours, ORIGINALS[States, name]):
        states = States({"Execution": {"Input": {"before": 1}}})
        states.set_result("earlier")
        keep(states, data)
        kept.append(states)
    data["a"].append("more")
    data["d"]["e"] = 1
    assert list(kept[0]._states_data.items()) == list(kept[1]._states_data.items())


def test_a_condition_is_what_moto_reads_however_often_it_is_read() -> None:
    (ours,) = [r.function for r in REPLACEMENTS if r.owner is ConditionExpressionParser]
    original = ORIGINALS[ConditionExpressionParser, "parse"]
    for condition in CONDITIONS * 2:
        assert read(ours, *deepcopy(condition)) == read(original, *deepcopy(condition))


def test_a_condition_that_is_remembered_has_values_of_its_own() -> None:
    (ours,) = [r.function for r in REPLACEMENTS if r.owner is ConditionExpressionParser]
    values: dict[str, Any] = {":s": {"SS": ["u", "v"]}}
    before = read(ours, "NOT s = :s", {}, values)
    values[":s"]["SS"].append("w")
    assert read(ours, "NOT s = :s", {}, {":s": {"SS": ["u", "v"]}}) == before
    assert read(ours, "NOT s = :s", {}, values) != before
