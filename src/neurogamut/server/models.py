"""The models that a server answers from: one knowledge base in each of its settings."""

from __future__ import annotations

from threading import Lock

from ..model import Model


class Models:
    """Models by setting, built when they are first asked for."""

    def __init__(self, default: Model):
        self.default = default
        self.settings = tuple(default.base.settings)
        self._built = {default.info.setting: default}
        self._lock = Lock()

    def has(self, setting: str) -> bool:
        """Whether that model is built."""
        return setting in self._built

    def __getitem__(self, setting: str) -> Model:
        with self._lock:
            if setting not in self._built:
                self._built[setting] = self.default.in_setting(setting)
            return self._built[setting]
