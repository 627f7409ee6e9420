//! A value that satisfies a JSON schema, always the same one.

use serde_json::{Map, Value, json};

/// How deep a schema is followed; one that refers to itself would never end.
const MAX_DEPTH: usize = 16;

/// The text for strings without other wishes: not ASCII, so that encodings are put to the test.
const TEXT: &str = "пример";

/// A sample for a schema. Understood are `type` (also a list), `const`, `enum`, `default`, `properties`,
/// `required`, `items`, `minItems`, `minLength`, `maxLength`, `minimum`, `maximum`, their exclusive forms,
/// `format`, `anyOf`, `oneOf`, `allOf` and local `$ref`. Of an object all required properties are given, or all
/// properties if it names none as required.
pub(crate) fn sample(schema: &Value) -> Value {
    Sampler { root: schema }.sample(schema, MAX_DEPTH)
}

struct Sampler<'a> {
    root: &'a Value,
}

impl Sampler<'_> {
    fn sample(&self, schema: &Value, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Null };
        if let Some(target) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            return self.root.pointer(target).map_or(Value::Null, |schema| self.sample(schema, depth));
        }
        if let Some(value) = schema.get("const").or_else(|| schema.get("default")).or_else(|| schema["enum"].get(0)) {
            return value.clone();
        }
        if let Some(choice) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
            return self.sample(choice, depth);
        }
        if let Some(all) = schema["allOf"].as_array() {
            return self.merged(all, depth);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "integer" => json!(number(schema).ceil() as i64),
            "number" => fraction(schema),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => json!(text(schema)),
        }
    }

    /// The members of all samples that are objects, or else the first sample.
    fn merged(&self, schemas: &[Value], depth: usize) -> Value {
        let samples = schemas.iter().map(|schema| self.sample(schema, depth)).collect::<Vec<_>>();
        let members = samples.iter().filter_map(Value::as_object).flatten();
        let members: Map<String, Value> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
        if members.is_empty() { samples.into_iter().next().unwrap_or(Value::Null) } else { Value::Object(members) }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let properties = &schema["properties"];
        let names: Vec<&str> = match schema["required"].as_array() {
            Some(required) => required.iter().filter_map(Value::as_str).collect(),
            None => properties.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect(),
        };
        let members = names.into_iter().map(|name| (name.to_owned(), self.sample(&properties[name], depth)));
        Value::Object(members.collect())
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(2);
        let most = schema["maxItems"].as_u64().unwrap_or(256).min(256);
        // A recursive schema of arrays would otherwise double with every level.
        let length = if depth == 0 { 0 } else { least.min(most) };
        let item = if length == 0 { Value::Null } else { self.sample(&schema["items"], depth) };
        (0..length).map(|_| item.clone()).collect()
    }
}

/// The type of a schema, or what its other members say of it.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or("string"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

/// Seven, or the number in the range that is nearest to it.
fn number(schema: &Value) -> f64 {
    let bound = |name, exclusive, step| {
        let open = schema[exclusive].as_f64().map(|bound: f64| bound + step);
        schema[name].as_f64().or(open)
    };
    let least = bound("minimum", "exclusiveMinimum", 1.0).unwrap_or(f64::MIN);
    let most = bound("maximum", "exclusiveMaximum", -1.0).unwrap_or(f64::MAX);
    7.0_f64.min(most).max(least)
}

/// Half more than [`number`], where there is room for it.
fn fraction(schema: &Value) -> Value {
    let bounded = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].iter();
    let bounded = bounded.into_iter().any(|name| schema.get(*name).is_some());
    json!(if bounded { number(schema) } else { number(schema) + 0.5 })
}

fn text(schema: &Value) -> String {
    let text = match schema["format"].as_str() {
        Some("date") => "2026-11-20",
        Some("date-time") => "2026-11-20T12:00:00Z",
        Some("time") => "12:00:00Z",
        Some("email") => "user@example.com",
        Some("uri") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => TEXT,
    };
    let least = schema["minLength"].as_u64().unwrap_or(0).min(2048);
    let most = schema["maxLength"].as_u64().unwrap_or(2048).min(2048);
    let length = (text.chars().count() as u64).max(least).min(most);
    text.chars().cycle().take(length as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: Value, expected: Value) {
        assert_eq!(sample(&schema), expected);
    }

    #[test]
    fn every_type_has_its_sample() {
        check(json!({"type": "string"}), json!("пример"));
        check(json!({"type": "integer"}), json!(7));
        check(json!({"type": "number"}), json!(7.5));
        check(json!({"type": "boolean"}), json!(true));
        check(json!({"type": "null"}), json!(null));
        check(json!({"type": ["integer", "null"]}), json!(7));
        check(json!({"type": "array", "items": {"type": "integer"}}), json!([7, 7]));
        check(json!({}), json!("пример"));
    }

    #[test]
    fn constraints_are_kept() {
        check(json!({"type": "integer", "minimum": 10}), json!(10));
        check(json!({"type": "integer", "maximum": 3}), json!(3));
        check(json!({"type": "integer", "exclusiveMaximum": 3}), json!(2));
        check(json!({"type": "string", "enum": ["b", "a"]}), json!("b"));
        check(json!({"const": [1]}), json!([1]));
        check(json!({"type": "string", "maxLength": 2}), json!("пр"));
        check(json!({"type": "string", "minLength": 8}), json!("примерпр"));
        check(json!({"type": "string", "format": "date"}), json!("2026-11-20"));
        check(json!({"type": "array", "minItems": 3, "items": {"const": 1}}), json!([1, 1, 1]));
    }

    #[test]
    fn objects_have_what_is_required_or_else_everything() {
        let properties = json!({"a": {"type": "integer"}, "b": {"type": "object", "properties": {"c": {}}}});
        check(json!({"type": "object", "properties": properties, "required": ["a"]}), json!({"a": 7}));
        check(json!({"properties": properties}), json!({"a": 7, "b": {"c": "пример"}}));
        check(json!({"type": "object"}), json!({}));
    }

    #[test]
    fn references_are_followed_and_circles_end() {
        let schema = json!({
            "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
            "allOf": [{"$ref": "#/$defs/node"}, {"properties": {"id": {"anyOf": [{"type": "integer"}]}}}],
        });
        let sample = sample(&schema);
        assert_eq!(sample["id"], 7);
        assert!(sample["next"]["next"].is_object());

        let tree = json!({"type": "array", "items": {"$ref": "#"}});
        assert!(super::sample(&tree).to_string().len() < 1 << 18);
    }
}
