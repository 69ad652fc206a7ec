"""Search of endpoints, models, model packages and their groups, with filters that really filter.

API reference, `Search`, `SearchExpression`, `Filter` and `NestedFilters`. A property is a path in
the resource that is shown, or `Tags.KEY`; of a model also without `Model.` before it (assumed). Of
whatever else can be searched for, moto's answer stands, with the few filters that it knows.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.sagemaker.members import checked, not_modelled
from bluegreen_simulator.aws.sagemaker.records import body_of
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.rules.fleet.description import describe

PAGE: Final = 100
"""Results of a page, where MaxResults does not say (assumed: its maximum)."""

Document = Mapping[str, Any]
Found = Iterator[tuple[str, Document]]


def _endpoints(backend: SageMakerModelBackend) -> Found:
    for name, mirror in backend.endpoints.items():
        endpoint = running().find(name)
        if endpoint:
            yield endpoint.arn, {**describe(endpoint), "Tags": mirror.tags}


def _models(backend: SageMakerModelBackend) -> Found:
    for model in backend._models.values():  # noqa: SLF001 - no other way to ask
        yield model.arn, {"Model": {**body_of("DescribeModel", model), "Tags": model.tags}}


def _packages(backend: SageMakerModelBackend) -> Found:
    for package in backend.model_packages.values():
        yield package.arn, {**package.gen_response_object(), "Tags": package.tags}


def _groups(backend: SageMakerModelBackend) -> Found:
    for group in backend.model_package_groups.values():
        yield group.arn, {**group.gen_response_object(), "Tags": group.tags}


KINDS: Final[Mapping[str, tuple[str, Callable[[SageMakerModelBackend], Found]]]] = {
    "Endpoint": ("Endpoint", _endpoints),
    "Model": ("ModelDashboardModel", _models),
    "ModelPackage": ("ModelPackage", _packages),
    "ModelPackageGroup": ("ModelPackageGroup", _groups),
}
"""What is searched here: the shape that is shown, and where it is."""

COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
KNOWN_TO_MOTO: Final = frozenset({"Equals", "NotEquals", "Contains"})


@replaces(
    SageMakerResponse,
    "search",
    restores="Search means the filters, the order and the page that are asked for",
    original="35734c608d42",
)
def search(response: SageMakerResponse) -> ActionResult:
    """A page of what is found."""
    asked = checked("Search", response)
    if asked["Resource"] not in KINDS:
        return _asked_of_moto(response, asked)
    shape, source = KINDS[asked["Resource"]]
    found = [(arn, _shown(document, shape)) for arn, document in source(response.sagemaker_backend)]
    wanted = _wanted(found, _Question(shape, asked))
    page, token = _page(wanted, asked)
    results = [{asked["Resource"]: document} for _, document in page]
    return ActionResult({"Results": results, **token, **_hits(wanted)})


def _asked_of_moto(response: SageMakerResponse, asked: Document) -> ActionResult:
    expression = asked.get("SearchExpression", {})
    given = {"NestedFilters", "SubExpressions", "Operator"} & expression.keys()
    given |= {"SortBy", "SortOrder", "NextToken", "MaxResults"} & asked.keys()
    operators = {one.get("Operator", "Equals") for one in expression.get("Filters", [])}
    refused = sorted(given | (operators - KNOWN_TO_MOTO))
    if refused:
        raise not_modelled(f"Search of {asked['Resource']} with {', '.join(refused)}")
    found = ORIGINALS[SageMakerResponse, "search"](response).result
    return ActionResult({"Results": found["Results"], **_hits(found["Results"])})


def _hits(wanted: list[Any]) -> Document:
    return {"TotalHits": {"Value": len(wanted), "Relation": "EqualTo"}}


def _shown(document: Document, shape: str) -> Document:
    """What the shape has a place for; moto adds members of its own, and empty ones."""
    members = get_service_model("sagemaker").shape_for(shape).members
    return {n: value for n, value in document.items() if n in members and value not in (None, [])}


class _Question:
    """What is asked of each document."""

    def __init__(self, shape: str, asked: Document) -> None:
        self._shape = get_service_model("sagemaker").shape_for(shape)
        self._expression = asked.get("SearchExpression", {})
        self._sort_by = asked.get("SortBy", "LastModifiedTime")
        if "SortBy" in asked:
            self._check(asked["SortBy"])
        self._check_all(self._expression)
        self.ascending = asked.get("SortOrder", "Descending") == "Ascending"

    def is_met(self, document: Document) -> bool:
        """Whether it is one that is asked for."""
        return self._meets(self._expression, document)

    def place(self, document: Document) -> str:
        """What it is sorted by; what was never modified by its creation."""
        values = _values(document, self._path(self._sort_by))
        return str(next(iter(values), document.get("CreationTime", "")))

    def _check_all(self, expression: Document) -> None:
        nested = [one for each in expression.get("NestedFilters", []) for one in each["Filters"]]
        for one in [*expression.get("Filters", []), *nested]:
            self._check(one["Name"])
        for part in expression.get("SubExpressions", []):
            self._check_all(part)

    def _check(self, name: str) -> None:
        if not name.startswith("Tags.") and not _has(self._shape, self._path(name)):
            raise ValidationError(f"Unknown property name: {name}")

    def _path(self, name: str) -> list[str]:
        if name.startswith("Tags."):
            return ["Tags", name.partition(".")[2]]
        path = name.split(".")
        known = self._shape.members
        return path if path[0] in known or "Model" not in known else ["Model", *path]

    def _meets(self, expression: Document, document: Document) -> bool:
        parts = [
            *(self._filter(one, document) for one in expression.get("Filters", [])),
            *(self._nested(one, document) for one in expression.get("NestedFilters", [])),
            *(self._meets(one, document) for one in expression.get("SubExpressions", [])),
        ]
        return any(parts) if expression.get("Operator") == "Or" and parts else all(parts)

    def _filter(self, one: Document, document: Document) -> bool:
        return _matches(one, _values(document, self._path(one["Name"])))

    def _nested(self, nested: Document, document: Document) -> bool:
        """Whether one and the same item of the list meets all of the filters."""
        path = self._path(nested["NestedPropertyName"])
        rest = [(one, self._path(one["Name"])[len(path) :]) for one in nested["Filters"]]
        items = _values(document, path)
        return any(all(_matches(one, _values(item, more)) for one, more in rest) for item in items)


def _has(shape: Shape, path: list[str]) -> bool:
    if not path or isinstance(shape, MapShape):
        return True
    if isinstance(shape, ListShape):
        return _has(shape.member, path)
    if not isinstance(shape, StructureShape) or path[0] not in shape.members:
        return False
    return _has(shape.members[path[0]], path[1:])


def _values(value: Any, path: list[str]) -> list[Any]:  # noqa: ANN401 - any JSON
    """What stands there: nothing, or a value, or one of each item of a list."""
    if isinstance(value, list):
        if path and all(isinstance(item, dict) and "Key" in item for item in value):
            return [item["Value"] for item in value if item["Key"] == path[0]]
        return [found for item in value for found in _values(item, path)]
    if not path:
        return [value]
    return _values(value[path[0]], path[1:]) if path[0] in value else []


def _matches(one: Document, values: list[Any]) -> bool:
    """Without an operator: Equals where there is a value, else Exists (the latter assumed)."""
    sign = one.get("Operator", "Equals" if "Value" in one else "Exists")
    if sign in {"Exists", "NotExists"}:
        return bool(values) is (sign == "Exists")
    if "Value" not in one:
        raise ValidationError(f"A filter with the operator {sign} needs a Value.")
    if sign == "NotEquals":
        return not any(_compared("Equals", value, one["Value"]) for value in values)
    return any(_compared(sign, value, one["Value"]) for value in values)


def _compared(sign: str, value: Any, given: str) -> bool:  # noqa: ANN401 - any JSON
    if sign == "Contains":
        return given in _text(value)
    if sign == "In":
        return _text(value) in [item.strip() for item in given.split(",")]
    if sign == "Equals" and isinstance(value, str):
        return value == given
    like = _like(value, given)
    return bool(COMPARED[sign](value, like))


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    return str(value).lower() if isinstance(value, bool) else str(value)


def _like(value: Any, given: str) -> Any:  # noqa: ANN401 - any JSON
    """What is given, read as what it is compared with."""
    try:
        if isinstance(value, bool):
            return given.lower() == "true"
        if isinstance(value, datetime):
            return _moment(given, value)
        return float(given) if isinstance(value, int | float) else given
    except ValueError as error:
        raise ValidationError(f"The Value {given} of a filter cannot be compared.") from error


def _moment(given: str, value: datetime) -> datetime:
    """In UTC where nothing else is said; with a zone if what it is compared with has one."""
    read = datetime.fromisoformat(given)
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return aware if value.tzinfo else aware.astimezone(UTC).replace(tzinfo=None)


def _wanted(found: list[tuple[str, Document]], question: _Question) -> list[tuple[str, Document]]:
    wanted = [one for one in found if question.is_met(one[1])]
    wanted.sort(key=lambda one: question.place(one[1]))
    return wanted if question.ascending else wanted[::-1]


def _page(
    found: list[tuple[str, Document]], asked: Document
) -> tuple[list[tuple[str, Document]], dict[str, str]]:
    """The token is the ARN with which the next page begins."""
    arns, first = [arn for arn, _ in found], asked.get("NextToken")
    if first is not None and first not in arns:
        raise ValidationError("Invalid NextToken.")
    begin = arns.index(first) if first else 0
    end = begin + asked.get("MaxResults", PAGE)
    return found[begin:end], {"NextToken": arns[end]} if end < len(arns) else {}
