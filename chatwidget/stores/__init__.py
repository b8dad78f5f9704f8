"""The stores, by name."""

from chatwidget.stores.base import Store as Store
from chatwidget.stores.memory import Memory as Memory
from chatwidget.stores.sqlite import SQLite as SQLite
