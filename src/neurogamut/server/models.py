"""The models that a server answers from: one knowledge base in each of its settings."""

from __future__ import annotations

from threading import Lock
from typing import Any

from ..knowledge.stated_priors import read_priors
from ..model import Model


class Models:
    """Models by setting, built when they are first asked for."""

    def __init__(self, default: Model):
        self.default = default
        self.settings = tuple(default.base.settings)
        self._built = {default.info.setting: default}
        self._lock = Lock()

    def __getitem__(self, setting: str) -> Model:
        with self._lock:
            if setting not in self._built:
                self._built[setting] = self.default.in_setting(setting)
            return self._built[setting]

    def asked(self, options: Any) -> Model:
        """The model of the options of a request: in a setting, with priors that it states. Raises
        UsageError for priors that cannot be."""
        model = self[options.setting]
        return model.with_priors(read_priors(options.prior)) if options.prior else model
