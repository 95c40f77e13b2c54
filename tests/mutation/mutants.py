"""The mutants of a module: one small change each.

A mutant is named by its function and by the code before and after, not by a line number,
so that the list of survivors outlives edits elsewhere.
"""

import ast
import copy
from collections.abc import Iterator
from typing import Final, NamedTuple

# Boundaries; that a comparison is made at all, the changes of conditions show.
_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_NORMALISERS: Final = frozenset(("lower", "strip", "rstrip", "sort", "removesuffix"))
# Not behaviour that a verifier's answer depends on.
_SKIPPED: Final = frozenset(("__repr__", "__init_subclass__", "__str__"))

# Sizes of caches stand in decorators.
_NOT_BEHAVIOUR: Final = frozenset(("annotation", "returns", "decorator_list", "type_comment"))


class Mutant(NamedTuple):
    """One change: of the node that comes ``number``-th in a walk over the module."""

    function: str
    before: str
    after: str
    number: int
    variant: int

    def __str__(self) -> str:
        return f"{self.function}: {self.before} -> {self.after}"


def _variants(node: ast.AST) -> list[ast.AST]:
    """What may stand in the place of this node."""
    found: list[ast.AST] = []
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        # An endless loop shows nothing.
        for value in (False,) if isinstance(node, ast.While) else (False, True):
            changed = copy.deepcopy(node)
            changed.test = ast.Constant(value)
            found.append(changed)
    if isinstance(node, ast.BoolOp):
        for index in range(len(node.values)):
            rest = [value for n, value in enumerate(node.values) if n != index]
            found.append(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    if isinstance(node, ast.Compare):
        for index, operation in enumerate(node.ops):
            if type(operation) in _COMPARISONS:
                operations = list(node.ops)
                operations[index] = _COMPARISONS[type(operation)]()
                found.append(ast.Compare(node.left, operations, node.comparators))
    if isinstance(node, ast.Constant) and type(node.value) is int:
        found.append(ast.Constant(node.value + 1))
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _NORMALISERS
    ):
        found.append(node.func.value)
    return found


def _shown(node: ast.AST) -> str:
    """On one line, of a statement its head alone."""
    if isinstance(node, ast.If | ast.While):
        text = f"if {ast.unparse(node.test)}"
    else:
        text = ast.unparse(node)
    return " ".join(text.split()).replace("|", "\N{BROKEN BAR}")


def _walk(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node that can be changed, with the name of its function."""

    def visit(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for field, value in ast.iter_fields(node):
            if field in _NOT_BEHAVIOUR:
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST):
                    continue
                inner = name
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    if child.name in _SKIPPED:
                        continue
                    inner = f"{name}.{child.name}" if name else child.name
                if isinstance(child, ast.Assert) or _is_type_checking(child):
                    continue
                if isinstance(child, ast.Call) and ast.unparse(child.func) == "lru_cache":
                    continue
                if isinstance(node, ast.If) and isinstance(child, ast.Raise) and field == "body":
                    continue  # the condition's change is the same
                yield inner, child
                yield from visit(child, inner)

    return visit(tree, "")


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module."""
    for number, (function, node) in enumerate(_walk(ast.parse(source))):
        for variant, changed in enumerate(_variants(node)):
            yield Mutant(function or "module", _shown(node), _shown(changed), number, variant)


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module with the change made."""
    tree = ast.parse(source)
    nodes = [node for _, node in _walk(tree)]
    wanted = nodes[mutant.number]
    changed = _variants(wanted)[mutant.variant]

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if node is wanted:
                return ast.copy_location(changed, node)
            return super().generic_visit(node)

    Replace().visit(tree)
    return ast.fix_missing_locations(tree)
