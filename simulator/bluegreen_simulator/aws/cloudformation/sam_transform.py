"""CloudFormation: the transform AWS::Serverless-2016-10-31, a macro that AWS itself runs."""

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

from bluegreen_simulator.aws.account import policy_arns
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.templates import Template, check, transforms_of, written

SERVERLESS: Final = "AWS::Serverless-2016-10-31"
TEMPLATES: Final = 16
"""How many templates are remembered: simulations deploy the same one again and again."""


class _ManagedPolicies:
    """The ARNs of the policies of AWS that the transform attaches to roles."""

    def load(self) -> dict[str, str]:
        return policy_arns()


def template_of(text: str, given: Mapping[str, str]) -> Template:
    """The template in a text, after its transforms; ValidationError for one that is none."""
    return _read(text, frozenset(given.items()))


@lru_cache(TEMPLATES)
def _read(text: str, given: frozenset[tuple[str, str]]) -> Template:
    source = written(text)
    transforms = transforms_of(source)
    unknown = [name for name in transforms if name != SERVERLESS]
    if unknown:
        raise invalid(f"Transform {', '.join(unknown)} is not modelled in the embedded AWS.")
    body = serverless(source, dict(given)) if transforms else source
    check(body)
    return Template(text, body, transforms)


def serverless(source: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """What SAM's transform makes of a template; it asks boto3 for the region, and for that only."""
    try:
        body: dict[str, Any] = transform(copy.deepcopy(source), dict(given), _ManagedPolicies())
    except InvalidDocumentException as error:
        causes = " ".join(cause.message for cause in error.causes)
        raise invalid(f"Transform {SERVERLESS} failed with: {error.message} {causes}") from error
    finally:
        # To nobody; or it complains when the process exits.
        MetricsMethodWrapperSingleton.get_instance().publish()
    return body
