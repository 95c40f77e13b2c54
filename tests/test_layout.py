"""The top level is fixed: whoever opens the repository finds the same rooms."""

import ast
import re
from pathlib import Path

ARITHMETIC = {ast.Constant, ast.BinOp, ast.UnaryOp, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Pow}
LIMIT = re.compile(r"_(MAX|MIN|BYTES|S|MS)\Z")  # exit statuses are every command's own
ROOT = Path(__file__).parent.parent


def test_the_top_level_has_the_agreed_rooms() -> None:
    expected = {"pyproject.toml", "gateway", "sigv4", "storage", "tests", "fixtures", "docs"}
    assert expected <= {entry.name for entry in ROOT.iterdir()}


def constants(path: Path) -> dict[str, object]:
    """Public module constants with a number or a text, literal or computed from literals."""
    found: dict[str, object] = {}
    for statement in ast.parse(path.read_text()).body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name, value = statement.target.id, statement.value
        is_plain = value is not None and {type(node) for node in ast.walk(value)} <= ARITHMETIC
        if value is not None and is_plain and name.isupper() and not name.startswith("_"):
            found[name] = eval(compile(ast.Expression(value), path.name, "eval"))
    return {
        name: found[name] for name in found if isinstance(found[name], str) or LIMIT.search(name)
    }


def test_no_limit_is_written_down_twice() -> None:
    """Two of one name would be changed one at a time; a shared one is imported."""
    places: dict[tuple[str, object], list[str]] = {}
    for package in ("gateway", "sigv4", "storage"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for name, value in constants(path).items():
                places.setdefault((name, value), []).append(str(path.relative_to(ROOT)))
    assert {key: found for key, found in places.items() if len(found) > 1} == {}
