"""Does it find the diagnosis? Published patients, simulated patients and diseases left out."""

# These tell `text` and `html` how a validation looks.
from . import page, report  # noqa: F401
