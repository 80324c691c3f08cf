"""All sensitivity analyses of a case in one place; the only room that knows them all.

An analysis is a module of this folder (what it computes, its answer, how that is drawn) and a line
in `Sensitivity`; Python, command line, HTTP and notebook follow from that line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from ..errors import UsageError
from .evppi import evppi
from .findings import findings
from .flip import flip
from .oneway import oneway
from .options import Option
from .priors import priors
from .sensitivity_answer import SensitivityAnswer
from .sobol import sobol
from .sources import sources
from .subject import Subject
from .tornado import tornado
from .uncertainty import uncertainty

About = TypeVar("About")
Options = ParamSpec("Options")
Found = TypeVar("Found", bound=SensitivityAnswer)


class Analysis(Generic[About, Options, Found]):
    """A question that `Sensitivity` answers: a function of one `subject` or of several `subjects`
    by name, of its options, and where it takes long of `progress`."""

    name: str

    def __init__(self, compute: Callable[Concatenate[About, Options], Found]):
        self.compute = compute
        self.__doc__ = compute.__doc__
        self.signature = signature(compute, eval_str=True)
        about, *others = self.signature.parameters.values()
        self.takes_several = about.name == "subjects"
        self.is_long = any(parameter.name == "progress" for parameter in others)
        self.options = {p.name: _option(p) for p in others if p.name != "progress"}

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, asked: None, owner: type) -> Analysis[About, Options, Found]: ...
    @overload
    def __get__(self, asked: Sensitivity, owner: type) -> Callable[Options, Found]: ...
    def __get__(self, asked: Sensitivity | None, owner: type) -> Any:
        if asked is None:
            return self

        @wraps(self.compute)
        def ask(*arguments: Any, **options: Any) -> Found:
            about = asked.subjects if self.takes_several else asked.subject
            bound = self.signature.bind(about, *arguments, **options)
            for name, option in self.options.items():
                option.require(name, bound.arguments.get(name, option.default))
            return self.compute(*bound.args, **bound.kwargs)

        _, *own = self.signature.parameters.values()
        ask.__signature__ = self.signature.replace(parameters=own)  # type: ignore[attr-defined]
        return ask


def _option(parameter: Parameter) -> Option:
    (option,) = parameter.annotation.__metadata__
    return replace(option, default=parameter.default)


class Sensitivity:
    """How far the answer to a case can be trusted when the percentages cannot.

    Made by `Model.sensitivity`. `sources` and `evppi` take any number of cases; the other
    questions are about one and raise UsageError where there are more. Long ones tell `progress`
    the share that is done.

    >>> import neurogamut as ng
    >>> case = {"age": 27, "corpus_callosum_lesions": "present"}
    >>> ng.load().sensitivity(case).flip().leading
    'susac'
    """

    oneway = Analysis(oneway)
    tornado = Analysis(tornado)
    flip = Analysis(flip)
    uncertainty = Analysis(uncertainty)
    findings = Analysis(findings)
    priors = Analysis(priors)
    sources = Analysis(sources)
    sobol = Analysis(sobol)
    evppi = Analysis(evppi)

    def __init__(self, subjects: Mapping[str, Subject]):
        self.subjects = dict(subjects)

    @property
    def subject(self) -> Subject:
        """The one case. Raises UsageError where there are several."""
        if len(self.subjects) != 1:
            raise UsageError(f"this question is about one case; got {len(self.subjects)}")
        return next(iter(self.subjects.values()))


#: All analyses by name, in the order in which they are listed.
ANALYSES = {name: found for name, found in vars(Sensitivity).items() if isinstance(found, Analysis)}
