"""upturn: from support conversations to a short weekly list of what to fix, with honest intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upturn.warehouse import warehouse_engine

__all__ = ["__version__", "warehouse_engine"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "warehouse_engine":
        from upturn.warehouse import warehouse_engine

        return warehouse_engine
    raise AttributeError(f"module 'upturn' has no attribute {name!r}")
