"""Calls in templates, some sixty a page, in a third of the time that the library takes for each."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from jinja2.runtime import Context

from finder.formats.wording import Wording

# What the library gives to those who ask for it, and takes from all others.
_FOR_OTHERS = ("_block_vars", "_loop_vars")


class QuickContext(Context):
    """A template's context that calls at once whoever surely wants nothing of it: sentences, and plain functions."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call something as a template asks for it."""
        kind = type(__obj)
        if kind is Wording or ((kind is FunctionType or kind is MethodType) and not hasattr(__obj, "jinja_pass_arg")):
            for name in _FOR_OTHERS:
                kwargs.pop(name, None)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)
