"""Which clients an account makes: one for each service and patience, when it is needed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from bluegreen.aws.account import Account, session
from bluegreen.clock import SystemClock
from bluegreen.settings import Settings
from cold_start import ENVIRONMENT


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """The clients that are made meanwhile: service and configuration."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    clients: list[tuple[str, Any]] = []
    create = Session.create_client

    def make(self: Session, service: str, **named: Any) -> Any:
        clients.append((service, named["config"]))
        return create(self, service, **named)

    with patch.object(Session, "create_client", make):
        yield clients


@pytest.fixture
def account() -> Account:
    def ignore(*_: object, **__: object) -> None: ...

    return Account(Settings(), SystemClock(), ignore)


def test_models_are_found_by_their_folders_which_nobody_looks_into() -> None:
    known, models = create_loader().list_available_services("service-2"), _models()
    with patch("botocore.loaders.os.listdir", side_effect=AssertionError("looked into")):
        assert {*known} <= {*models.list_available_services("service-2")}


def test_a_service_that_botocore_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(UnknownServiceError, match="nowhere"):
        _models().load_service_model("nowhere", "service-2")


def test_models_are_found_where_botocore_finds_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In folders that AWS_DATA_PATH names, too, before all others."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    (tmp_path / "ours").mkdir()
    models: Loader = session.__wrapped__().get_component("data_loader")
    assert models.search_paths == create_loader(str(tmp_path)).search_paths
    assert "ours" in models.list_available_services("service-2")


def _models() -> Loader:
    found: Loader = session().get_component("data_loader")
    return found


def attempts(client: Any) -> int:
    return int(client.meta.config.retries["total_max_attempts"])


def test_who_looks_and_reads_shares_a_client_of_sagemaker(
    made: list[tuple[str, Any]], account: Account
) -> None:
    client = account.endpoints._client
    assert account.registry._client is client
    assert account.inventory._client is client
    assert [service for service, _ in made] == ["sagemaker"]


def test_who_creates_or_updates_has_another_one_that_calls_once(
    made: list[tuple[str, Any]], account: Account
) -> None:
    clones, updating = account.clones, account.endpoints._updating()
    assert clones._creating is updating
    assert clones._client is account.endpoints._client
    assert (attempts(updating), attempts(clones._client)) == (1, 3)
    assert [service for service, _ in made] == ["sagemaker", "sagemaker"]


def test_all_that_alarms_are_asked_shares_a_client(
    made: list[tuple[str, Any]], account: Account
) -> None:
    client = account.alarms._client
    assert account.abort_alarms._client is client
    assert account.guardrail_alarms._client is client
    assert [service for service, _ in made] == ["cloudwatch"]
    assert attempts(client) == 3


def test_topics_and_rows_have_one_client_each(
    made: list[tuple[str, Any]], account: Account
) -> None:
    asked = (account.topic, account.chat, account.operations)
    rows = (account.locks, account.queue, account.deployments, account.claims, account.history)
    assert len(asked) + len(rows) == 8
    assert [service for service, _ in made] == ["sns", "dynamodb"]


def test_a_situation_is_read_by_clients_that_wait_briefly(
    made: list[tuple[str, Any]], account: Account
) -> None:
    _ = account.endpoints, account.situations
    timeouts = {(service, config.read_timeout) for service, config in made}
    assert timeouts == {
        ("sagemaker", 10),
        ("sagemaker", 4),
        ("cloudwatch", 4),
        ("application-autoscaling", 4),
    }
