"""Resources: `Model`, `EndpointConfig`, `Endpoint`, with `wait_for_status`, `invoke`, `update`."""

from importlib import import_module
from importlib.metadata import version
from typing import Any

from told import ROLE, holds, same, uses

uses(version("sagemaker-core"))
is_first = version("sagemaker-core").startswith("1.")
HOME = "sagemaker_core.main" if is_first else "sagemaker.core"
resources: Any = import_module(f"{HOME}.resources")
shapes: Any = import_module(f"{HOME}.shapes")
NAME = f"core-{'first' if is_first else 'second'}"
SECONDS = 240


def config(name: str, instances: int) -> Any:
    """A config of one variant of our model."""
    variant = shapes.ProductionVariant(
        variant_name="main",
        model_name=NAME,
        instance_type="ml.m5.xlarge",
        initial_instance_count=instances,
    )
    return resources.EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])


def canary() -> Any:
    """Half of two instances, for five minutes."""
    routing = shapes.TrafficRoutingConfig(
        type="CANARY",
        wait_interval_in_seconds=300,
        canary_size=shapes.CapacitySize(type="CAPACITY_PERCENT", value=50),
    )
    policy = shapes.BlueGreenUpdatePolicy(traffic_routing_configuration=routing)
    return shapes.DeploymentConfig(blue_green_update_policy=policy)


with holds("`Model.create`, `EndpointConfig.create`, `Endpoint.create`, `wait_for_status`"):
    container = shapes.ContainerDefinition(image="model:1")
    resources.Model.create(model_name=NAME, primary_container=container, execution_role_arn=ROLE)
    blue = config(f"{NAME}-blue", 2)
    endpoint = resources.Endpoint.create(endpoint_name=NAME, endpoint_config_name=blue)
    endpoint.wait_for_status("InService", poll=1, timeout=SECONDS)
with holds("`Endpoint.invoke` is answered by the model"):
    answer = resources.Endpoint.get(endpoint_name=NAME).invoke(
        body="1,2", content_type="text/csv", accept="application/json"
    )
    assert b"VariantName" in answer.body.read()
with holds("`Endpoint.update` with a canary ends on the new config"):
    endpoint = resources.Endpoint.get(endpoint_name=NAME)
    config(f"{NAME}-green", 2)
    endpoint.endpoint_config_name = f"{NAME}-green"
    endpoint.update(deployment_config=canary())
    endpoint.wait_for_status("InService", poll=1, timeout=SECONDS)
    same(endpoint.endpoint_config_name, f"{NAME}-green")
with holds("`Endpoint.get_all` and `refresh`"):
    found = [each.endpoint_name for each in resources.Endpoint.get_all(name_contains="core-")]
    assert NAME in found, found
with holds("`Endpoint.delete` and `wait_for_delete`"):
    endpoint = resources.Endpoint.get(endpoint_name=NAME)
    endpoint.delete()
    endpoint.wait_for_delete(poll=1, timeout=SECONDS)
