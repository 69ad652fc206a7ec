"""The endpoint config that will be made from a model package, as the checks see a config."""

from dataclasses import replace

from bluegreen.check.situation import Config, Situation
from bluegreen.registry.clone import CloneSource
from bluegreen.request.request import Request


def with_clone(request: Request, situation: Situation, source: CloneSource) -> Situation:
    """The situation with the config that will be made of a source in which nothing is amiss."""
    if situation.live is None:
        return situation
    return replace(situation, requested=_cloned(request, situation.live, source))


def _cloned(request: Request, live: Config, source: CloneSource) -> Config:
    """The live config with the package's model in one variant; its role stays (`clone_of`)."""
    name, replaced = request.endpoint_config_name, source.variant(request.variant_name)
    assert replaced is not None
    assert source.package is not None
    sold = source.package.for_marketplace
    variants = tuple(
        replace(variant, model=name, model_exists=True, marketplace=sold)
        if variant.name == replaced["VariantName"]
        else variant
        for variant in live.variants
    )
    return replace(live, name=name, variants=variants)
