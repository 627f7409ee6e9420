//! Functions a client offers: what their descriptions must be, and what they are called with.

pub(super) mod convert;
pub(super) mod validate;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{self, Refusal, invalid_params, missing_field, unprocessable};
use crate::schema;

/// How deep a schema is looked at; one that goes deeper is refused, as the service refuses references.
const MAX_DEPTH: usize = 64;

/// Members of a schema that the service does not know how to read.
const UNREADABLE: [&str; 6] = ["$ref", "$defs", "definitions", "anyOf", "oneOf", "allOf"];

/// A function as a client describes it; without parameters, the name of a built-in one.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Option<Value>,
    pub(super) return_parameters: Option<Value>,
}

/// A function with the schema of its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Specification {
    pub(super) name: String,
    pub(super) parameters: Value,
}

impl Specification {
    /// Arguments that satisfy the schema, except for those that are settled.
    pub(super) fn arguments(&self, settled: &Map<String, Value>) -> Value {
        let mut arguments = match schema::sample(&self.parameters) {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        arguments.extend(settled.clone());
        Value::Object(arguments)
    }

    /// The function that is called when a fault needs one and none was offered.
    pub(super) fn invented() -> Self {
        let parameters = json!({"type": "object", "properties": {"query": {"type": "string"}}});
        Self { name: "lookup".to_owned(), parameters }
    }
}

impl Function {
    /// The function as one that can be called, unless it is a built-in one.
    pub(super) fn specification(&self) -> Option<Specification> {
        let parameters = self.parameters.clone()?;
        Some(Specification { name: self.name.clone(), parameters })
    }
}

/// Looks at all functions a client offers. Of those without parameters the names must be in `built_in`.
pub(super) fn check(functions: &[Function], built_in: &[&str]) -> Result<(), Refusal> {
    let wrong = functions.iter().map(|function| function.name.as_str()).filter(|name| !is_name(name));
    let wrong = wrong.collect::<Vec<_>>();
    if !wrong.is_empty() {
        return Err(unprocessable(format!(
            "Invalid function names: {}. A name begins with a Latin letter, then come letters, digits, '_', '.', '-'",
            wrong.join(", ")
        )));
    }
    for function in functions {
        match &function.parameters {
            Some(parameters) => check_schema(parameters, "", MAX_DEPTH)?,
            None if built_in.contains(&function.name.as_str()) => {}
            None => return Err(error::no_such_function(&function.name)),
        }
        if let Some(returned) = &function.return_parameters {
            check_schema(returned, "", MAX_DEPTH)?;
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || "_.-".contains(next))
}

/// Looks for what the service cannot read. `path` leads to the schema and ends with a dot, or is empty.
fn check_schema(schema: &Value, path: &str, depth: usize) -> Result<(), Refusal> {
    let depth = depth.checked_sub(1).ok_or_else(|| invalid_params("a schema is nested too deep"))?;
    let Some(members) = schema.as_object() else {
        return Err(invalid_params(format_args!("{} must be a schema", path.trim_end_matches('.'))));
    };
    if let Some(member) = UNREADABLE.iter().find(|member| members.contains_key(**member)) {
        return Err(invalid_params(format_args!("{path}{member} is not supported")));
    }
    match members.get("type") {
        // What the arguments together are needs no word.
        None if path.is_empty() => check_properties(schema, path, depth),
        None => Err(missing_field(&format!("{path}type"))),
        Some(Value::String(kind)) if kind == "object" => check_properties(schema, path, depth),
        Some(Value::String(kind)) if kind == "array" => match members.get("items") {
            Some(items) => check_schema(items, &format!("{path}items."), depth),
            None => Err(missing_field(&format!("{path}items"))),
        },
        Some(Value::String(_)) => check_choices(members.get("enum"), path),
        Some(_) => Err(invalid_params(format_args!("{path}type must be a string"))),
    }
}

fn check_properties(schema: &Value, path: &str, depth: usize) -> Result<(), Refusal> {
    let Some(properties) = schema["properties"].as_object() else {
        return Err(missing_field(&format!("{path}properties")));
    };
    properties
        .iter()
        .try_for_each(|(name, property)| check_schema(property, &format!("{path}properties.{name}."), depth))
}

fn check_choices(choices: Option<&Value>, path: &str) -> Result<(), Refusal> {
    match choices {
        None => Ok(()),
        Some(Value::Array(choices)) if choices.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(invalid_params(format_args!("{path}enum must be a list of strings"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(function: Value, expected: Option<&str>) {
        let functions = [serde_json::from_value(function).unwrap()];
        let refusal = check(&functions, &["text2image"]).err().map(|refusal| format!("{refusal:?}"));
        match (expected, refusal) {
            (Some(expected), Some(refusal)) => assert!(refusal.contains(expected), "{refusal}"),
            (expected, refusal) => assert_eq!(refusal.as_deref(), expected),
        }
    }

    fn with(property: Value) -> Value {
        json!({"name": "f", "parameters": {"type": "object", "properties": {"schema": property}}})
    }

    #[test]
    fn names_begin_with_a_letter_and_have_no_spaces() {
        for name in ["f", "get_order-status.v2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1f", "_f", "web search", "функция"] {
            assert!(!is_name(name), "{name}");
        }
        refused(json!({"name": "1f", "parameters": {}}), Some("Invalid function names: 1f"));
    }

    #[test]
    fn a_bare_name_is_one_of_a_built_in_function() {
        refused(json!({"name": "text2image"}), None);
        refused(json!({"name": "f"}), Some("404, message: \"Function schema for f not found\""));
    }

    #[test]
    fn schemas_are_as_plain_as_the_service_wants_them() {
        refused(with(json!({"type": "string", "enum": ["a"]})), None);
        refused(with(json!({"type": "object", "properties": {}})), None);
        refused(
            with(json!({"type": "object"})),
            Some("422, message: \"Field 'properties.schema.properties' is missing\""),
        );
        refused(with(json!({"type": "array"})), Some("Field 'properties.schema.items' is missing"));
        let deep = json!({"type": "array", "items": {"type": "object"}});
        refused(with(deep), Some("Field 'properties.schema.items.properties' is missing"));
        refused(with(json!({})), Some("Field 'properties.schema.type' is missing"));
        refused(with(json!({"type": ["string", "null"]})), Some("properties.schema.type must be a string"));
        refused(with(json!({"anyOf": []})), Some("properties.schema.anyOf is not supported"));
        refused(with(json!({"$ref": "#/$defs/a"})), Some("properties.schema.$ref is not supported"));
        refused(with(json!({"type": "integer", "enum": [1]})), Some("properties.schema.enum"));
        refused(json!({"name": "f", "parameters": {}}), Some("Field 'properties' is missing"));
        refused(json!({"name": "f", "parameters": {"properties": {}}}), None);
    }

    #[test]
    fn settled_arguments_stay() {
        let parameters = json!({"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}});
        let function = Specification { name: "weather".to_owned(), parameters };
        let settled = json!({"city": "Омск"});
        let arguments = function.arguments(settled.as_object().unwrap());
        assert_eq!(arguments, json!({"city": "Омск", "days": 7}));
    }
}
