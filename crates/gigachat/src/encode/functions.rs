use chatstream_core::{Result, Tool, ToolChoice, invalid};
use serde_json::Value;

use crate::wire::v1::Function;

/// The names of a request's functions as the service takes them, and back.
///
/// The service takes a Latin letter, then letters, digits, `_`, `.` and `-`, and has names of its own.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(String, String)>);

/// A name that an own function cannot have, because a built-in one has it.
const TAKEN: &str = "web_search";

impl Names {
    /// The names of these functions, each taken once.
    pub(crate) fn new(tools: &[Tool]) -> Self {
        let mut names = Self::default();
        for tool in tools {
            let mut name = sanitised(tool);
            while names.0.iter().any(|(taken, original)| *taken == name && *original != tool.name) {
                name.push('_');
            }
            names.0.push((name, tool.name.clone()));
        }
        names
    }

    /// The name to send for a function.
    pub(crate) fn sent(&self, original: &str) -> String {
        let known = self.0.iter().find(|(_, own)| own == original).map(|(name, _)| name.clone());
        // A call in the history may be of a function that is offered no more.
        known.unwrap_or_else(|| sanitised(&Tool::new(original)))
    }

    /// The caller's name of a function.
    pub(crate) fn original<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.iter().find(|(sent, _)| sent == name).map_or(name, |(_, original)| original)
    }
}

fn sanitised(tool: &Tool) -> String {
    let mut name: String = tool
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '_' })
        .collect();
    let is_own = tool.parameters.is_some();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || is_own && name == TAKEN {
        name.insert_str(0, "f_");
    }
    name
}

/// The functions to send. One without parameters goes by its bare name, as a built-in.
pub(crate) fn functions<'a>(tools: impl Iterator<Item = &'a Tool>, names: &Names) -> Result<Vec<Function<'a>>> {
    tools
        .map(|tool| {
            if let Some(parameters) = &tool.parameters {
                check(parameters, &format!("tools.{}.parameters", tool.name), true)?;
            }
            Ok(Function {
                name: names.sent(&tool.name),
                description: tool.description.as_deref(),
                parameters: tool.parameters.as_ref(),
            })
        })
        .collect()
}

/// The one function a choice is for; `None` leaves it to the model.
pub(crate) fn chosen<'a>(choice: &'a ToolChoice, tools: &'a [Tool]) -> Result<Option<&'a str>> {
    match (choice, tools) {
        (ToolChoice::Tool(name), _) => Ok(Some(name)),
        (ToolChoice::Required, [only]) => Ok(Some(&only.name)),
        (ToolChoice::Required, _) => Err(invalid("tool_choice: gigachat can be made to call one named function only")),
        _ => Ok(None),
    }
}

/// Refuses a schema the service cannot take, by the path of the member that is wrong. The rules are
/// those seen in refusals and in other clients, 2024 to 2026.
fn check(schema: &Value, path: &str, is_root: bool) -> Result<()> {
    let Value::Object(members) = schema else {
        return Err(invalid(format!("{path}: a schema must be an object")));
    };
    for word in ["$ref", "$defs", "definitions", "anyOf", "oneOf", "allOf"] {
        if members.contains_key(word) {
            return Err(invalid(format!("{path}.{word}: gigachat takes no such schema")));
        }
    }
    let kind = match members.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return Err(invalid(format!("{path}.type: must be one word"))),
        None if members.contains_key("properties") => "object",
        None => return Err(invalid(format!("{path}.type: is missing"))),
    };
    if is_root && kind != "object" {
        return Err(invalid(format!("{path}.type: must be object")));
    }
    match kind {
        "object" => {
            let Some(Value::Object(properties)) = members.get("properties") else {
                return Err(invalid(format!("{path}.properties: is missing, though it may be empty")));
            };
            for (name, property) in properties {
                check(property, &format!("{path}.properties.{name}"), false)?;
            }
        }
        "array" => match members.get("items") {
            Some(items) => check(items, &format!("{path}.items"), false)?,
            None => return Err(invalid(format!("{path}.items: is missing"))),
        },
        _ => {}
    }
    if let Some(Value::Array(values)) = members.get("enum") {
        if values.iter().any(|value| !value.is_string()) {
            return Err(invalid(format!("{path}.enum: may hold strings only")));
        }
    }
    match members.get("format").and_then(Value::as_str) {
        None | Some("date" | "date-time" | "time") => Ok(()),
        Some(_) => Err(invalid(format!("{path}.format: may be date, date-time or time only"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_go_there_and_back() {
        let schema = json!({"type": "object", "properties": {}});
        let tool = |name: &str| Tool::new(name).parameters(schema.clone());
        let tools = [
            tool("погода"),
            tool("get weather"),
            tool("get_weather"),
            tool("web_search"),
            tool("2x"),
            Tool::new("text2image"),
        ];
        let names = Names::new(&tools);
        let sent: Vec<_> = tools.iter().map(|tool| names.sent(&tool.name)).collect();
        assert_eq!(sent, ["f_______", "get_weather", "get_weather_", "f_web_search", "f_2x", "text2image"]);
        for (tool, sent) in tools.iter().zip(&sent) {
            assert_eq!(names.original(sent), tool.name);
        }
        assert_eq!((names.original("other"), names.sent("a b").as_str()), ("other", "a_b"));
    }

    #[test]
    fn a_schema_that_is_refused_is_refused_by_path() {
        let object = |properties: Value| json!({"type": "object", "properties": properties});
        let table = [
            (json!({"type": "string"}), "p.type: must be object"),
            (json!({"type": "object"}), "p.properties: is missing"),
            (object(json!({"a": {"type": ["string", "null"]}})), "p.properties.a.type: must be one word"),
            (object(json!({"a": {"description": "x"}})), "p.properties.a.type: is missing"),
            (object(json!({"a": {"anyOf": []}})), "p.properties.a.anyOf: "),
            (object(json!({"a": {"$ref": "#"}})), "p.properties.a.$ref: "),
            (object(json!({"a": {"type": "object"}})), "p.properties.a.properties: is missing"),
            (object(json!({"a": {"type": "array"}})), "p.properties.a.items: is missing"),
            (object(json!({"a": {"type": "array", "items": {"type": "object"}}})), "p.properties.a.items.properties: "),
            (object(json!({"a": {"type": "integer", "enum": [1]}})), "p.properties.a.enum: "),
            (object(json!({"a": {"type": "string", "format": "uri"}})), "p.properties.a.format: "),
            (json!(true), "p: a schema must be an object"),
        ];
        for (schema, expected) in table {
            let error = check(&schema, "p", true).unwrap_err();
            assert!(error.message().starts_with(expected), "{error}");
        }
        let fine = object(json!({
            "a": {"type": "string", "enum": ["x"], "format": "date"},
            "b": {"type": "array", "items": {"type": "object", "properties": {}}},
            "c": {"properties": {}},
        }));
        check(&fine, "p", true).unwrap();
    }
}
