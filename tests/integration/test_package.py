"""What ships to Lambda: our own code, with byte code that is used there; the same for all."""

import importlib.util
import io
import marshal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType
from typing import Final

import pytest

import build_package
from shipped import FUNCTIONS, GLOBALS, ROOT

SOURCE: Final = ROOT / GLOBALS["CodeUri"]
BUILT: Final = ROOT / ".aws-sam/build"
PATIENCE: Final = 120
UNCHECKED_HASH: Final = b"\x01\0\0\0"
"""The flags of byte code that has its source's hash, and is not compared with it (PEP 552)."""

MOST_BYTES: Final = 1200 * 1024
"""Of the package, zipped. A dependency would be larger by itself: Powertools is 1 MB."""

IMPORTS_ALL: Final = """
import importlib, importlib.machinery, sys
def refuse(*_, **__):
    raise AssertionError("compiled")
importlib.machinery.SourceFileLoader.source_to_code = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert sys.modules[name].__cached__
"""


def build(target: Path) -> Path:
    """A package, made as `sam build` makes it."""
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-I", "build_package.py", str(target)],
        cwd=SOURCE,
        check=True,
        timeout=PATIENCE,
    )
    return target


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def put(folder: Path, package: Mapping[str, bytes]) -> None:
    for name, body in package.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("package") / "OneFunction")


@pytest.fixture(scope="module")
def package(folder: Path) -> dict[str, bytes]:
    return files(folder)


def sources() -> dict[str, bytes]:
    """The modules of the functions, as they are in the checkout."""
    found = files(SOURCE / "bluegreen")
    return {f"bluegreen/{name}": body for name, body in found.items() if name.endswith(".py")}


def byte_code_of(name: str) -> str:
    return str(Path(importlib.util.cache_from_source(name)))


def test_it_holds_our_modules_their_byte_code_and_nothing_else(package: dict[str, bytes]) -> None:
    """Powertools comes as a layer, boto3 with the runtime."""
    ours = sources()
    marker = {"bluegreen/py.typed": b""}
    assert {name: package[name] for name in ours | marker} == ours | marker
    assert package.keys() == ours.keys() | marker.keys() | set(map(byte_code_of, ours))


def test_byte_code_is_of_its_source_and_of_python_3_13_and_is_never_compared(
    package: dict[str, bytes],
) -> None:
    assert sys.version_info[:2] == (3, 13)
    assert importlib.util.MAGIC_NUMBER.hex() == build_package.MAGIC
    for name, source in sources().items():
        header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
        made = package[byte_code_of(name)]
        assert made[:16] == header, name
        assert marshal.loads(made[16:]) == compile(source, name, "exec", dont_inherit=True), name  # noqa: S302


def codes(code: CodeType) -> Iterator[CodeType]:
    """A piece of code, and all within."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def test_byte_code_says_that_its_source_is_where_lambda_has_it(package: dict[str, bytes]) -> None:
    for name in sources():
        code = marshal.loads(package[byte_code_of(name)][16:])  # noqa: S302 - made above
        assert {each.co_filename for each in codes(code)} == {f"/var/task/{name}"}


def test_it_tells_nothing_of_the_machine_that_built_it(
    folder: Path, package: dict[str, bytes]
) -> None:
    here = [str(path).encode() for path in (ROOT, folder.parent)]
    assert [name for name, body in package.items() if any(path in body for path in here)] == []


def test_importing_every_handler_compiles_nothing(folder: Path) -> None:
    handlers = [body["Handler"].removesuffix(".handler") for body in FUNCTIONS.values()]
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-B", "-c", IMPORTS_ALL, *handlers],
        env={"PYTHONPATH": str(folder), "AWS_DEFAULT_REGION": "eu-central-1"},
        check=True,
        timeout=PATIENCE,
    )


def test_it_is_no_larger_than_it_has_to_be(package: dict[str, bytes]) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in package.items():
            archive.writestr(name, body)
    assert len(zipped.getvalue()) <= MOST_BYTES


def test_every_build_gives_the_same_bytes_whatever_stood_there(
    package: dict[str, bytes], tmp_path: Path
) -> None:
    """By itself: byte code could differ with the hashes of texts, which are drawn anew."""
    put(tmp_path / "AnotherFunction", {"bluegreen/left_over.py": b""})
    assert files(build(tmp_path / "AnotherFunction")) == package


def test_a_second_function_takes_the_package_of_the_first(
    folder: Path, package: dict[str, bytes]
) -> None:
    second = build(folder.parent / "SecondFunction")
    assert files(second) == package
    clock = byte_code_of("bluegreen/clock.py")
    assert (second / clock).samefile(folder / clock)


def test_what_was_built_of_other_sources_or_without_byte_code_is_not_taken(
    package: dict[str, bytes], tmp_path: Path
) -> None:
    put(tmp_path / "Older", package | {"bluegreen/clock.py": b"", "bluegreen/gone.py": b""})
    put(tmp_path / "Bare", {n: body for n, body in package.items() if not n.endswith(".pyc")})
    assert files(build(tmp_path / "New")) == package


def test_byte_code_of_another_python_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"\xcb\r\r\n")
    with pytest.raises(SystemExit, match=r"need Python 3\.13's byte code, and .+ is 3\.13"):
        build_package.main(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_requirements_that_nothing_installs_stop_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An earlier page said to write Powertools there, where a Region has no layer of it."""
    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").write_text("aws-lambda-powertools\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="nothing installs it"):
        build_package.main(tmp_path / "OneFunction")
    assert not (tmp_path / "OneFunction").exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sam_builds_that_package_for_every_function(name: str, package: dict[str, bytes]) -> None:
    """`make test` builds before it tests."""
    if not BUILT.exists():
        pytest.skip("not built; `make build` does")
    assert files(BUILT / name) == package
