//! The JSON Schemas of all wire types by name, and small readers of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vestnik_proto::schema;

/// Schemas by the name of the type.
pub type Schemas = BTreeMap<String, Value>;

/// Where schemas refer to each other.
pub const PREFIX: &str = "#/components/schemas/";

/// What the server reads: members with a default may be left out.
pub fn input() -> Schemas {
    all(true)
}

/// What the server writes: members with a default are always there.
pub fn output() -> Schemas {
    all(false)
}

fn all(input: bool) -> Schemas {
    let mut generator = schema::settings(input).into_generator();
    for wire_type in schema::TYPES {
        (wire_type.register)(&mut generator);
    }
    generator.take_definitions(true).into_iter().collect()
}

/// The members of an object schema, in the order of the type.
pub fn properties(schema: &Value) -> Map<String, Value> {
    schema["properties"].as_object().cloned().unwrap_or_default()
}

/// Whether an object schema demands this member.
pub fn requires(schema: &Value, member: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == member))
}

/// The name a schema refers to, if it is a reference.
pub fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(PREFIX)
}

/// A schema's description on one line.
pub fn description(schema: &Value) -> String {
    one_line(schema["description"].as_str().unwrap_or_default())
}

/// Words with single spaces between them.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One frame of a tagged enum: its `type`, its description and its own members with those of the
/// struct it refers to, `type` left out.
pub struct Variant {
    /// The `type` on the wire.
    pub name: String,
    /// What it is.
    pub about: String,
    /// An object schema without `type`.
    pub members: Value,
}

/// The frames of the tagged enum `name`.
pub fn variants(schemas: &Schemas, name: &str) -> Vec<Variant> {
    let schema = schemas.get(name).unwrap_or_else(|| panic!("{name} is not a wire type"));
    let frames = schema["oneOf"].as_array().unwrap_or_else(|| panic!("{name} is not a tagged enum"));
    frames
        .iter()
        .map(|frame| {
            let mut members = Map::new();
            let mut required = Vec::new();
            let parts = [Some(frame), reference(frame).and_then(|name| schemas.get(name))];
            for part in parts.into_iter().flatten() {
                members.extend(properties(part).into_iter().filter(|(name, _)| name != "type" || part != frame));
                required.extend(part["required"].as_array().cloned().unwrap_or_default());
            }
            required.retain(|name| members.contains_key(name.as_str().unwrap_or_default()));
            Variant {
                name: frame["properties"]["type"]["const"].as_str().expect("a frame has a type").to_owned(),
                about: description(frame),
                members: serde_json::json!({ "properties": members, "required": required }),
            }
        })
        .collect()
}

/// A schema without its description.
pub fn without_description(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove("description");
    }
    schema
}
