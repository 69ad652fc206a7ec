"""What was made from model packages goes when nobody needs it any more, and nothing else goes."""

import pytest

from registry_account import FAILING, LONG, Registry, policy_of, running_registry

DAY = 86_400


def deploy(registry: Registry, environment: dict[str, str] | None = None) -> str:
    """Deploy another version of churn; the name of the config and the model made for it."""
    before = configs(registry)
    registry.approve(registry.register("churn", environment))
    registry.sleep()
    (made,) = configs(registry) - before
    return made


def configs(registry: Registry) -> set[str]:
    pages = registry.sagemaker.get_paginator("list_endpoint_configs").paginate()
    return {c["EndpointConfigName"] for page in pages for c in page["EndpointConfigs"]}


def models(registry: Registry) -> set[str]:
    pages = registry.sagemaker.get_paginator("list_models").paginate()
    return {m["ModelName"] for page in pages for m in page["Models"]}


def test_what_serves_or_is_not_ours_or_served_last_stays_and_the_rest_goes() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        untagged, copied, needless, previous, live = [deploy(registry) for _ in range(5)]
        registry.sagemaker.create_endpoint(EndpointName="copy", EndpointConfigName=copied)
        arn = registry.config(untagged)["EndpointConfigArn"]
        registry.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["bluegreen:stack"])
        registry.wait_days(3)
        assert configs(registry) == {"churn-one", untagged, copied, previous, live}
        assert needless not in models(registry)


# ---- Each by itself --------------------------------------------------------------------------


@pytest.mark.slow
def test_of_seven_the_last_three_stay_and_what_is_young_stays() -> None:
    with running_registry("churn", CleanUpAfterDays="2") as registry:
        made = [deploy(registry) for _ in range(7)]
        registry.wait_days(1)
        assert configs(registry) == models(registry) == {"churn-one", *made}
        registry.wait_days(3)
        assert configs(registry) == models(registry) == {"churn-one", *made[-3:]}
        rows = [row["Name"] for row in registry.rows() if row["pk"] == "CREATED"]
        assert rows == made[-3:]
        registry.wait_days(2)
        assert configs(registry) == {"churn-one", *made[-3:]}


@pytest.mark.slow
def test_nothing_goes_unless_the_parameter_is_set() -> None:
    with running_registry("churn") as registry:
        made = [deploy(registry) for _ in range(5)]
        registry.wait_days(3)
        assert configs(registry) == {"churn-one", *made}
        assert registry.calls("DeleteEndpointConfig") == []


@pytest.mark.slow
def test_what_serves_or_served_before_the_failures_stays_however_old() -> None:
    """Version 2 serves; 3 to 6 were rolled back: 2 is beyond the last three, and needed."""
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="2") as registry:
        before = deploy(registry)
        live = deploy(registry)
        failed = [deploy(registry, FAILING) for _ in range(4)]
        registry.wait_days(3)
        assert (
            registry.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] == live
        )
        assert configs(registry) == {"churn-one", before, live, *failed}


@pytest.mark.slow
def test_the_previous_config_stays_and_those_before_it_go() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        made = [deploy(registry) for _ in range(4)]
        registry.wait_days(3)
        assert configs(registry) == models(registry) == {"churn-one", *made[-2:]}


@pytest.mark.slow
def test_what_another_endpoint_serves_stays() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        first = deploy(registry)
        registry.sagemaker.create_endpoint(EndpointName="copy", EndpointConfigName=first)
        second, third, fourth = [deploy(registry) for _ in range(3)]
        registry.wait_days(3)
        assert configs(registry) == {"churn-one", first, third, fourth}
        assert second not in models(registry)


@pytest.mark.slow
def test_a_model_that_another_config_names_stays_until_that_is_gone() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        first = deploy(registry)
        (variant,) = registry.config(first)["ProductionVariants"]
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="by-hand", ProductionVariants=[variant]
        )
        made = [deploy(registry) for _ in range(3)]
        registry.wait_days(3)
        assert configs(registry) == {"churn-one", "by-hand", *made[-2:]}
        assert first in models(registry)
        registry.sagemaker.delete_endpoint_config(EndpointConfigName="by-hand")
        registry.wait_days(2)
        assert first not in models(registry)


@pytest.mark.slow
def test_what_lost_our_tag_is_not_ours_to_delete() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        made = [deploy(registry) for _ in range(4)]
        arn = registry.config(made[0])["EndpointConfigArn"]
        registry.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["bluegreen:stack"])
        registry.wait_days(3)
        assert configs(registry) == {"churn-one", made[0], *made[-2:]}


@pytest.mark.slow
def test_what_a_deployment_that_runs_goes_to_or_comes_from_stays() -> None:
    with running_registry("churn", CleanUpAfterDays="1", CleanUpKeepLast="1") as registry:
        first, second, third, fourth = [deploy(registry) for _ in range(4)]
        back = policy_of("churn") | {"EndpointConfigName": first}
        del back["OnRollback"]
        registry.sleep(DAY - 4 * LONG - 900)  # the schedule comes while it runs
        record = registry.start("back", back)
        assert record["Verdict"] == "SUCCEEDED"
        registry.wait_days(3)
        assert {first, fourth} <= configs(registry)
        assert not {second, third} & configs(registry)
