"""JSON Schema of a scenario file, for editors: from the same types that read it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sim.scenario.part import UNSAID, Part
from sim.scenario.schema import File


class _ForEditors(GenerateJsonSchema):
    """What a file may hold: keys may be left out, and then nothing is written in their place."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        choices = {tag: kind for tag, kind in schema["choices"].items() if tag != UNSAID}
        made = super().tagged_union_schema({**schema, "choices": choices})
        return {"anyOf": made["oneOf"]} if "oneOf" in made else made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        kept = {key: part for key, part in made.items() if key not in ("title", "required")}
        own: tuple[str, ...] = getattr(schema["cls"], "own", ())
        return {**kept, "required": list(own)} if own else kept

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file."""
    made = schema_of(File, "accession scenario")
    return {
        **made,
        "required": ["schema"],
        "anyOf": [{"required": ["extends"]}, {"required": File.required()}],
    }


def schema_of(kind: type[Part], title: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a kind of file, under a title."""
    made = kind.model_json_schema(schema_generator=_ForEditors)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}
