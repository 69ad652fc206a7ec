"""Every day: delete the models and endpoint configs of bluegreen that nobody needs any more."""

from functools import cache

from bluegreen.aws.account import Account
from bluegreen.observability import logger
from bluegreen.registry.retention import CreatedResource, Retention, expired
from bluegreen.runtime import new_account
from bluegreen.settings import Settings

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: object, _context: object) -> None:
    """Delete what nobody needs any more."""
    settings = Settings()
    retention = Retention(settings.clean_up_after_days, settings.clean_up_keep_last)
    logger.info("cleaned up", deleted=clean_up(retention, account()))


def clean_up(retention: Retention, account: Account) -> list[str]:
    """Delete what is beyond its retention and not needed; the names of what was deleted.

    Never deletes what an endpoint of the account serves or is being updated to, what a running
    deployment uses or one could go back to, or what lacks the stack's tag. Safe to run again at
    any point.
    """
    made, now = account.created.all(), account.clock.now()
    old = expired(made, retention, now)
    if not old:
        return []
    needed = account.inventory.configs_in_use()
    for endpoint in {each.endpoint_name for each in made}:
        needed |= account.deployments.configs_needed(endpoint)
    gone = [each for each in old if each.name not in needed]
    return [each.name for each in _delete_all(gone, account)]


def _delete_all(old: list[CreatedResource], account: Account) -> list[CreatedResource]:
    """Delete configs first, then models that no config names any more, then our notes of both."""
    without = [each for each in old if account.inventory.delete_config(each.name)]
    models = account.inventory.models_in_use() if without else set()
    gone = [
        each
        for each in without
        if each.name not in models and account.inventory.delete_model(each.name)
    ]
    for each in gone:
        account.created.forget(each)
    return gone
