"""The README's commands are run by CI; this is how they are found and compared."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def tour(root: Path) -> ModuleType:
    """The script, which is not a test module and so not collected."""
    spec = importlib.util.spec_from_file_location("tour", root / "tests/house/tour.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["tour"] = module
    spec.loader.exec_module(module)
    return module


def _page(*lines: str) -> str:
    return "\n".join(["# A page", "", *lines, ""])


def test_commands_stand_after_a_dollar_and_what_they_print_below(tour: ModuleType) -> None:
    page = _page("```console", "$ echo one", "one", "", "$ printf '%s' \\", "  two", "two", "```")

    first, second = tour.steps(page)

    assert (first.line, first.command, first.shown) == (4, "echo one", ("one",))
    assert (second.command, second.shown) == ("printf '%s' \\\n  two", ("two",))


def test_other_blocks_are_left_alone(tour: ModuleType) -> None:
    assert tour.steps(_page("```python", "$ not a command", "```")) == []


def test_a_block_may_be_skipped_for_a_reason_only(tour: ModuleType) -> None:
    block = ["```console", "$ false", "```"]

    assert tour.steps(_page("<!-- tour: skip, needs a broker -->", *block)) == []
    with pytest.raises(tour.TourError, match="say why"):
        tour.steps(_page("<!-- tour: skip -->", *block))


def test_a_marker_concerns_only_the_block_below_it(tour: ModuleType) -> None:
    block = ["```console", "$ true", "```"]
    page = _page("<!-- tour: skip, once -->", *block, "and now", *block)

    assert [step.line for step in tour.steps(page)] == [9]


def test_a_misspelt_marker_is_an_error(tour: ModuleType) -> None:
    with pytest.raises(tour.TourError, match="unknown marker 'ecit 3'"):
        tour.steps(_page("<!-- tour: ecit 3 -->", "```console", "$ true", "```"))


def test_a_block_without_an_end_is_an_error(tour: ModuleType) -> None:
    with pytest.raises(tour.TourError, match="line 3: this block never ends"):
        tour.steps(_page("```console", "$ true"))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ((), "whatever\n", True),
        (("one", "two"), "one\ntwo\n", True),
        (("one",), "one  \n\n", True),
        (("one",), "one\ntwo\n", False),
        (("one", "…"), "one\ntwo\nthree\n", True),
        (("…", "three"), "one\ntwo\nthree\n", True),
        (("one", "…", "three"), "one\nthree\n", True),
        (("took … s",), "took 1.2 s\n", True),
        (("took … s",), "took 1.2\n s\n", False),
        (("a.c",), "abc\n", False),
    ],
)
def test_an_ellipsis_stands_for_anything_and_all_else_for_itself(
    tour: ModuleType, shown: tuple[str, ...], printed: str, *, same: bool
) -> None:
    assert tour.agrees(shown, printed) is same


def test_a_page_that_tells_the_truth_passes(
    tour: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text(
        _page(
            "```console",
            "$ export NAME=ledger && mkdir sub",
            "$ cd sub",
            '$ echo "$NAME $(basename "$PWD")"; echo aside >&2',
            "ledger sub",
            "aside",
            "$ make test",
            "```",
            "<!-- tour: exit 3 -->",
            "```console",
            "$ exit 3",
            "```",
        )
    )

    assert tour.main([str(page), str(tmp_path)]) == 0
    assert "left out  make test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["$ echo one", "two"], "printed\none"),
        (["$ exit 4"], "ended with 4, not 0"),
    ],
)
def test_a_page_that_is_wrong_fails_and_names_the_line(
    tour: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
    complaint: str,
) -> None:
    page = tmp_path / "README.md"
    page.write_text(_page("```console", *lines, "```"))

    assert tour.main([str(page), str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "line 4" in told
    assert complaint in told


def test_a_page_without_commands_is_no_tour(
    tour: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text(_page("Words only."))

    assert tour.main([str(page), str(tmp_path)]) == 1
    assert "there is nothing to follow" in capsys.readouterr().err


def test_the_readme_can_be_followed_at_all(tour: ModuleType, root: Path) -> None:
    tour.steps((root / "README.md").read_text("utf-8"))
