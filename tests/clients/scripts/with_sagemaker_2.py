"""`Model.deploy`, `Predictor`, `update_endpoint`, guardrails, `ModelPackage.deploy`."""

import boto3
import sagemaker
from sagemaker.model import Model, ModelPackage
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from told import ROLE, holds, same, until, uses

BUCKET = "sagemaker-models"
NAME = "sdk-churn"


def status() -> str:
    return str(client.describe_endpoint(EndpointName=NAME)["EndpointStatus"])


def config() -> str:
    return str(client.describe_endpoint(EndpointName=NAME)["EndpointConfigName"])


def status_without_serializer() -> int:
    """With which status the model refuses a body whose type nobody names."""
    try:
        Predictor(NAME, session).predict(b"1,2")
    except session.sagemaker_runtime_client.exceptions.ModelError as error:
        return int(error.response["OriginalStatusCode"])
    raise AssertionError("It was answered.")


uses(sagemaker.__version__)
client = boto3.client("sagemaker")
boto3.client("s3").create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
session = sagemaker.Session(default_bucket=BUCKET)
data = f"s3://{BUCKET}/model.tar.gz"
boto3.client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=b"a model")
predictor = Predictor(NAME, session, serializer=CSVSerializer())

with holds("`Model.deploy` makes model, config and endpoint, and waits for InService"):
    model = Model("model:1", data, ROLE, name="sdk-blue", sagemaker_session=session)
    model.deploy(1, "ml.m5.xlarge", endpoint_name=NAME)
    same(status(), "InService")
with holds(
    "`Predictor.predict` with a serializer; without one it answers 415, as AWS's containers do"
):
    assert b"VariantName" in predictor.predict([1, 2])
    same(status_without_serializer(), 415)
with holds("`Predictor.update_endpoint` to another model, waiting for InService"):
    before = config()
    Model("model:1", data, ROLE, name="sdk-green", sagemaker_session=session).create()
    predictor.update_endpoint(
        initial_instance_count=2, instance_type="ml.m5.xlarge", model_name="sdk-green"
    )
    same(status(), "InService")
    assert config() != before
with holds("`boto3` of its session updates with a canary, which ends on the new config"):
    session.sagemaker_client.create_endpoint_config(
        EndpointConfigName="sdk-canary",
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": "sdk-green",
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 2,
            }
        ],
    )
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 300,
    }
    session.sagemaker_client.update_endpoint(
        EndpointName=NAME,
        EndpointConfigName="sdk-canary",
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}},
    )
    until(status, "InService")
    same(config(), "sdk-canary")
with holds("`Model.register`, and `ModelPackage.deploy` of what it registered"):
    model = Model("model:1", data, ROLE, sagemaker_session=session)
    package = model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.xlarge"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="sdk",
        approval_status="Approved",
    )
    arn = package.model_package_arn
    packaged = ModelPackage(ROLE, model_package_arn=arn, sagemaker_session=session)
    packaged.deploy(1, "ml.m5.xlarge", endpoint_name="sdk-packaged")
    described = client.describe_endpoint(EndpointName="sdk-packaged")
    same(described["EndpointStatus"], "InService")
with holds("`Predictor.delete_endpoint` and `delete_model`"):
    predictor.delete_model()
    predictor.delete_endpoint()
    names = [each["EndpointName"] for each in client.list_endpoints()["Endpoints"]]
    assert NAME not in names or status() == "Deleting", names
