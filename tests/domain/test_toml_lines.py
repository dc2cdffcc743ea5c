"""In which line a key of an array of tables stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.toml_lines import line_of, lines_of_keys

pytestmark = pytest.mark.unit

TEXT = """\
[[rules]]
name = "a"
[rules.when]
tag = "x"
[[rules]]
lanes = [
    { tier = "vip" }, # ] not yet
    { tier = "gold", also = [1, 2] },
]
after = '''
[no]
table = 1
'''
[[rules]]
[deep.er]
[[deep.er.rules]]
[[deep.er.rules]]
name = "z"
"""


def test_each_table_of_an_array_has_its_own_lines() -> None:
    lines = lines_of_keys(TEXT)

    assert line_of(lines, ("rules",)) == 1
    assert line_of(lines, ("rules", 0, "name")) == 2
    assert line_of(lines, ("rules", 0, "when", "tag")) == 4
    assert line_of(lines, ("rules", 1)) == 5
    assert line_of(lines, ("rules", 1, "lanes", 0, "tier")) == 7
    assert line_of(lines, ("rules", 1, "lanes", 1, "also", 1)) == 8
    assert line_of(lines, ("rules", 1, "after")) == 10
    assert line_of(lines, ("rules", 2)) == 14
    assert line_of(lines, ("rules", 2, "name")) == 14
    assert line_of(lines, ("deep", "er", "rules", 1, "name")) == 18
    assert ("no",) not in lines


@given(st.text(st.sampled_from("ab=[]{}\".'#,\n \\1")))
def test_what_is_no_toml_ends_all_the_same(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of_keys(text).values())
