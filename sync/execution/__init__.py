"""Execution: a sealed plan carried out over SOAP, journalled so that it survives any end."""

from sync.execution.dependencies import Dependencies
from sync.execution.executor import Executor
from sync.execution.items import Item
from sync.execution.sending import Site

__all__ = ["Dependencies", "Executor", "Item", "Site"]
