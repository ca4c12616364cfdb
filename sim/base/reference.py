"""Named tuples handed to compiled functions by reference.

numba hands a tuple of arrays over as seven words for each array, at every call. The model and the state of a
trajectory are tuples of some fifty arrays, and most of the time that compilation took went into their words.
A reference is one word; its fields are read as those of the tuple itself.
"""

from __future__ import annotations

from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from llvmlite import ir
from numba.core import config, types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic

T = TypeVar("T")
# numba's helpers, base classes and decorators have no types, or types narrower than their use; hence Any here and each
# "type: ignore" below.
cgutils: Any = import_module("numba.core.cgutils")
imputils: Any = import_module("numba.core.imputils")


class Reference(types.Type):
    """To a named tuple of type ``target`` that the caller keeps on its stack."""

    def __init__(self, target: Any) -> None:
        self.target = target
        digest = blake2b(str(target).encode(), digest_size=8).hexdigest()
        super().__init__(name=f"Reference({target.instance_class.__name__} {digest})")


@register_default(Reference)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager: Any, reference: Reference) -> None:
        word = manager[reference.target].get_value_type().as_pointer()
        super().__init__(manager, reference, word)  # type: ignore[no-untyped-call]


@infer_getattr
class _Fields(AttributeTemplate):
    key = Reference

    def generic_resolve(self, reference: Any, name: str) -> Any:  # type: ignore[override]
        target = reference.target
        return target[target.fields.index(name)] if name in target.fields else None


@imputils.lower_getattr_generic(Reference)  # type: ignore[untyped-decorator]
def _field(context: Any, builder: Any, reference: Any, pointer: Any, name: str) -> Any:
    """Reads a field; nothing can change it, so the compiler need not read it again after other things change."""
    place = cgutils.gep_inbounds(builder, pointer, 0, reference.target.fields.index(name))
    read = builder.load(place)
    read.set_metadata("invariant.load", builder.module.add_metadata([]))
    return read


def _keep(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Writes the tuple to the stack, and hides from the compiler that it has just been written.

    Code that the compiler makes part of the same function could otherwise read fields, which are said never to
    change, before they are there.
    """
    place = cgutils.alloca_once_value(builder, args[0])
    as_it_is = ir.FunctionType(place.type, [place.type])
    return builder.asm(as_it_is, "", "=r,0,~{memory}", [place], True)


def by_reference(value: T) -> T:
    """In compiled code, a reference to a named tuple; it must not outlive the function that makes it."""
    return value


if not (TYPE_CHECKING or config.DISABLE_JIT):
    # Not by numba.extending.overload: that would make the reference in a function of its own. Where nothing is compiled
    # (NUMBA_DISABLE_JIT=1) the function above serves as it is.
    @intrinsic
    def by_reference(_: Any, value: Any) -> Any:
        """See above: what the types do not show."""
        return Reference(value)(value), _keep
