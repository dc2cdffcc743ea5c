"""The pages: links lead somewhere, decisions are complete, and nobody's machine is told of."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

KINDS = ("tutorial", "how-to", "reference", "explanation")
SECTIONS_OF_A_DECISION = (
    "## Context and Problem Statement",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
)


@pytest.fixture(scope="module")
def pages(root: Path) -> list[Path]:
    """Every page in Markdown that is or may be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # an unpacked archive has no git
        return [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [root / name for name in names if (root / name).exists()]


@pytest.fixture(scope="module")
def decisions(root: Path) -> list[Path]:
    """The architecture decision records, in order."""
    return sorted((root / "docs" / "adr").glob("[0-9]*.md"))


def test_every_link_between_pages_leads_somewhere(root: Path, pages: list[Path]) -> None:
    dead = [
        f"{page.relative_to(root)} → {target}"
        for page in pages
        for target in _links(page.read_text("utf-8"))
        if not (page.parent / target.split("#")[0]).exists()
    ]

    assert dead == []


def test_every_link_into_a_page_names_a_heading_of_it(root: Path, pages: list[Path]) -> None:
    lost = [
        f"{page.relative_to(root)} → {target}"
        for page in pages
        for target in _links(page.read_text("utf-8"), within=True)
        if (file := (page.parent / target.split("#")[0]) if target[0] != "#" else page).suffix
        == ".md"
        and target.split("#")[1] not in _anchors(file.read_text("utf-8"))
    ]

    assert lost == []


def test_every_page_begins_with_its_title(root: Path, pages: list[Path]) -> None:
    nameless = [
        str(page.relative_to(root))
        for page in pages
        if not page.read_text("utf-8").startswith("# ")
    ]

    assert nameless == []


def test_the_index_leads_to_every_page_of_every_kind(root: Path) -> None:
    docs = root / "docs"
    listed = set(_links((docs / "README.md").read_text("utf-8")))
    pages = {
        str(page.relative_to(docs))
        for kind in (*KINDS, "adr")
        for page in (docs / kind).glob("*.md")
    }

    assert pages - listed == set()


def test_decisions_are_numbered_without_a_gap(decisions: list[Path]) -> None:
    assert decisions
    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))


def test_a_decision_says_what_was_weighed_and_what_follows(decisions: list[Path]) -> None:
    incomplete = [
        f"{page.name} lacks {section}"
        for page in decisions
        for section in SECTIONS_OF_A_DECISION
        if section not in page.read_text("utf-8")
    ]

    assert incomplete == []


def test_no_page_tells_of_somebody_s_machine(root: Path, pages: list[Path]) -> None:
    private = re.compile(r"(?<![\w.~$}/-])/(?:home|root|work|Users)/\w")
    told = [
        f"{page.relative_to(root)}:{number}"
        for page in pages
        for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1)
        if private.search(line)
    ]

    assert told == []


def _links(text: str, *, within: bool = False) -> list[str]:
    """Where a page's links lead, other sites left out; `within`: only those into a heading."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    ours = [target for target in targets if not re.match(r"[a-z]+:", target)]
    if within:
        return [target for target in ours if "#" in target]
    return [target for target in ours if not target.startswith("#")]


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ +(.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in headings}
