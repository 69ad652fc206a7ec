"""`terraform apply` of an endpoint with guardrails and its alarm; a change of it; `destroy`."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import boto3
from told import holds, ran, same, uses

GIVEN = os.environ  # noqa: TID251 - where things are
TERRAFORM = shutil.which("terraform") or "terraform"
FOLDER = Path(tempfile.mkdtemp())
PLUGINS = GIVEN.get("TF_PLUGINS", "")
NO_INPUT = ("-input=false", "-no-color")

sagemaker = boto3.client("sagemaker")


def terraform(*arguments: str) -> str:
    """What a command prints; RuntimeError where it fails."""
    return str(ran(TERRAFORM, f"-chdir={FOLDER}", *arguments))


def serves(instances: int) -> None:
    """AssertionError unless it is in service with so many instances."""
    described = sagemaker.describe_endpoint(EndpointName="terraform-churn")
    same(described["EndpointStatus"], "InService")
    same(described["ProductionVariants"][0]["CurrentInstanceCount"], instances)


shutil.copy(Path(GIVEN["BLUEGREEN"]) / "tests/clients/terraform/main.tf", FOLDER)
terraform("init", *NO_INPUT, *([f"-plugin-dir={PLUGINS}"] if PLUGINS else []))
version = json.loads(terraform("version", "-json"))
provider = next(iter(version["provider_selections"].values()))
uses(f"{version['terraform_version']}, provider {provider}")
with holds("`apply` makes model, config, alarm and endpoint, and waits for it"):
    terraform("apply", "-auto-approve", *NO_INPUT)
    serves(2)
with holds("`plan` after it finds nothing to change"):
    said = terraform("plan", "-detailed-exitcode", *NO_INPUT)
    assert "No changes" in said, said
with holds("`apply` of another config updates the endpoint by its guardrails"):
    terraform("apply", "-auto-approve", "-var=instances=3", *NO_INPUT)
    serves(3)
with holds("`destroy`"):
    terraform("destroy", "-auto-approve", "-var=instances=3", *NO_INPUT)
    same(sagemaker.list_endpoints(NameContains="terraform")["Endpoints"], [])
