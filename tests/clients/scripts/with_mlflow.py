"""`mlflow.deployments` with the target `sagemaker`: create, add, replace, delete."""

import os
import tempfile
from pathlib import Path
from typing import Any

import boto3
import mlflow
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc import PythonModel
from told import ROLE, holds, same, uses

NAME = "mlflow-churn"
CONFIG = {
    "execution_role_arn": ROLE,
    "bucket": "mlflow-models",
    "image_url": "mlflow:1",
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "timeout_seconds": 240,
}


class Doubles(PythonModel):  # type: ignore[misc] # mlflow is not in this environment
    """The smallest model there is."""

    def predict(self, context: Any, model_input: list[float]) -> list[float]:
        del context
        return [2 * each for each in model_input]


def saved() -> str:
    """The folder of a model as mlflow keeps it."""
    folder = Path(tempfile.mkdtemp()) / "model"
    mlflow.pyfunc.save_model(folder, python_model=Doubles(), pip_requirements=["mlflow"])
    return str(folder)


def variants() -> list[str]:
    """The variants that serve, by their names."""
    described = boto3.client("sagemaker").describe_endpoint(EndpointName=NAME)
    same(described["EndpointStatus"], "InService")
    return sorted(each["VariantName"] for each in described["ProductionVariants"])


uses(mlflow.__version__)
model = saved()
region = os.environ["AWS_DEFAULT_REGION"]  # noqa: TID251 - the client takes it by its target
client = get_deploy_client(f"sagemaker:/{region}")
with holds("`create_deployment` uploads the model, and waits for InService"):
    location: Any = {"LocationConstraint": region}
    boto3.client("s3").create_bucket(Bucket="mlflow-models", CreateBucketConfiguration=location)
    client.create_deployment(NAME, model, "python_function", CONFIG | {"variant_name": "first"})
    same(variants(), ["first"])
with holds("`update_deployment` with mode `add` adds a variant of weight 0"):
    added = {"mode": "add", "variant_name": "second"}
    client.update_deployment(NAME, model, "python_function", CONFIG | added)
    same(variants(), ["first", "second"])
with holds("`update_deployment` with mode `replace` puts another variant in their place"):
    replaced = {"mode": "replace", "variant_name": "third"}
    client.update_deployment(NAME, model, "python_function", CONFIG | replaced)
    same(variants(), ["third"])
with holds("`get_deployment` and `list_deployments` have it"):
    same(client.get_deployment(NAME)["EndpointStatus"], "InService")
    assert NAME in [each["EndpointName"] for each in client.list_deployments()]
with holds("`predict` reaches the model, whose simulated answer has no predictions"):
    try:
        client.predict(NAME, {"inputs": [1.0, 2.0]})
    except mlflow.exceptions.MlflowException as error:
        assert "An error occurred" not in str(error), error  # noqa: PT017 - of AWS
    else:
        raise AssertionError("A simulated model answered with predictions.")
with holds("`delete_deployment` deletes endpoint, config and model"):
    client.delete_deployment(NAME, {"region_name": region, "timeout_seconds": 240})
    same([e for e in client.list_deployments() if e["EndpointName"] == NAME], [])
