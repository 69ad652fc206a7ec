"""Writes `docs/clients.md` from the stored results and lists: `python -m clients.write`."""

from collections.abc import Iterator
from typing import Final

from clients.moto_lists import COMMIT, MODULES, TAG, Module, failing
from clients.results import Outcome, Seen, stored
from clients.table import CLIENTS, Client
from shipped import ROOT

PAGE: Final = ROOT / "docs/clients.md"

HEAD: Final = """# Other people's software

Clients of AWS that were run against [`bluegreen local`](local.md), as they come from their
registry, with `AWS_ENDPOINT_URL` and any access key. `make clients` installs them in environments
of their own, runs a script for each, and writes this page. It fails where something that held does
so no longer, and where an answer is neither right nor refused by its name. What holds is what the
scripts in [`tests/clients/scripts`](../tests/clients/scripts) assert.
"""

NOT_TRIED: Final = """## Not tried

* **AWS CLI, version 2**: no package registry has it; the package that bears its name there
  downloads a binary from elsewhere.
* **SageMaker Python SDK, version 3**, but for the sagemaker-core that it is built on.
* Clients that can be given no address, and what they need: [local.md](local.md#clients).
"""

MOTO: Final = """## moto's own tests

The embedded AWS is built on moto, and replaces pieces of it. moto's own tests of SageMaker
(endpoints, endpoint configs, models, model packages, search), Step Functions and CloudWatch, from
its tag {tag} ({commit}), were run on plain moto and on
the embedded AWS. They are not part of this repository: `make clients MOTO=FOLDER` runs them from a
checkout of it, and compares with the lists below. Three tests of Step Functions are not counted:
they need Docker on plain moto, and there was none. `make clients NOTEBOOKS=FOLDER` runs AWS's three
notebooks on deployment guardrails, from a folder that holds them.
"""


def page() -> str:
    """The page that the results and the lists come to."""
    results = stored()
    seen = [(client, results[client.name]) for client in CLIENTS if client.name in results]
    sections = [_section(client, each) for client, each in seen]
    waiting = [client for client in CLIENTS if client.name not in results]
    return "\n".join([HEAD, *_table(seen), "", *sections, *_not_tried(waiting), *_moto()])


def write() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _not_tried(waiting: list[Client]) -> Iterator[str]:
    yield NOT_TRIED
    if waiting:
        names = "; ".join(client.name for client in waiting)
        yield f"These have a script, and were not run yet: {names}.\n"


def _table(seen: list[tuple[Client, Seen]]) -> Iterator[str]:
    yield "| Client | Version | What was run | Holds | Refused by name |"
    yield "|---|---|---|---|---|"
    for client, each in seen:
        cells = (client.name, each.version, client.what, *map(str, _counts(each)))
        yield f"| {' | '.join(cells)} |"


def _counts(seen: Seen) -> tuple[int, int]:
    return len(seen.of(Outcome.HOLDS)), len(seen.of(Outcome.REFUSED))


def _section(client: Client, seen: Seen) -> str:
    lines = [f"## {client.name}", "", f"{client.what} Version {seen.version}.", ""]
    lines += [f"* {claim}" for claim in seen.of(Outcome.HOLDS)]
    lines += [f"* refused by name: {claim}" for claim in seen.of(Outcome.REFUSED)]
    return "\n".join([*lines, ""])


def _moto() -> Iterator[str]:
    yield MOTO.format(tag=TAG, commit=COMMIT)
    yield "| Tests | Pass on plain moto | Of these pass here | Fail here, with a reason |"
    yield "|---|---|---|---|"
    for module in MODULES:
        if not module.path.exists():
            yield f"| {module.service} | {module.passing} | not compared yet | |"
            continue
        count = len(failing(module))
        cells = (module.service, module.passing, module.passing - count, count)
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    for module in MODULES:
        yield from _reasons(module)


def _reasons(module: Module) -> Iterator[str]:
    listed = failing(module)
    if listed:
        yield f"### {module.service}: {module.passing - len(listed)} of {module.passing}"
        yield ""
        yield "| Test | Why it fails here |"
        yield "|---|---|"
        for each in listed:
            reason = each.reason.replace("|", "\\|")
            yield f"| `{each.test}` | {reason} |"
        yield ""


if __name__ == "__main__":
    write()
