"""Import contracts that import-linter does not have; `pyproject.toml` names and uses them."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OwnDoorsContract(Contract):
    """The doors of a slice, its forms and views, are imported by that slice only, and by the roof.

    Configuration options:
        - doors:  names of modules, directly inside a slice, that belong to it alone.
        - shared: packages that look like slices and are for all.
        - roof:   modules that may import every door.
    """

    type_name = "own_doors"

    doors = fields.SetField(subfield=fields.StringField())
    shared = fields.SetField(subfield=fields.StringField())
    roof = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's shape
        strangers = [
            (importer, door)
            for door in sorted(graph.modules)
            if (slice_name := self._slice_of(door))
            for importer in sorted(graph.find_modules_that_directly_import(door))
            if not is_inside(importer, slice_name) and importer not in set(self.roof)  # type: ignore[call-overload]
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, door in check.metadata["strangers"]:
            output.print_error(f"{importer} is not allowed to import {door}.", bold=False)

    def _slice_of(self, module: str) -> str | None:
        """The slice that owns a door or a part of one; None for every other module."""
        parts = module.split(".")
        slice_name = ".".join(parts[:2])
        is_door = len(parts) > 2 and parts[2] in set(self.doors)  # type: ignore[call-overload]
        return slice_name if is_door and slice_name not in set(self.shared) else None  # type: ignore[call-overload]


def is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
