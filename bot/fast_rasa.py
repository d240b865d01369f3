"""The same Rasa, quicker: what it works out anew for every message, although it never changes, is worked out once.

`install` is called before a model is loaded; docs/benchmarks.md has what each part is worth.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import rasa.core.processor
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event

__all__ = ["PlannedGraphRunner", "install"]

_resolve_by_type = Event.resolve_by_type


class PlannedGraphRunner(DaskGraphRunner):  # type: ignore[misc]  # Rasa is untyped
    """Runs the graph of a loaded model in an order that is found once for each target.

    Rasa's own runner cuts the graph down, has dask order it and books each node as a task, three times a turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Build the nodes (Rasa interface)."""
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[str]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Rasa interface: the outputs of `targets`; each node they need is called once."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)))
        outputs: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._plans[wanted]:
            needs = self._graph_schema.nodes[name].needs.values()
            outputs[name] = self._instantiated_nodes[name](*(outputs[need] for need in needs))
        return {name: outputs[name][1] for name in wanted}


def _in_order(schema: GraphSchema) -> list[str]:
    """The nodes of `schema`, each after those it needs; what is no node is an input."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in schema.nodes and name not in ordered:
            for need in schema.nodes[name].needs.values():
                add(need)
            ordered[name] = None

    for name in schema.nodes:
        add(name)
    return list(ordered)


def install() -> None:
    """Make models loaded from now on quick."""
    rasa.core.processor.DaskGraphRunner = PlannedGraphRunner
    # Rasa walks the tree of all event classes, and looks for abstract methods in each, for every event it reads.
    Event.resolve_by_type = staticmethod(cache(_resolve_by_type))
