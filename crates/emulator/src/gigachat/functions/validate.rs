//! POST `/functions/validate`: what is wrong with the description of a function.

use serde_json::Value;

use super::{MAX_DEPTH, check_schema, is_name};
use crate::gigachat::converse::read;
use crate::gigachat::error::{Refusal, unreadable};
use crate::json::{Object, list};
use crate::server::Call;

/// The version of the rules, which are the emulator's own.
const RULES: &str = "1.0.0";

pub(in crate::gigachat) fn answer(call: &Call) -> Result<String, Refusal> {
    let function: Value = read(call, unreadable)?;
    let errors = errors(&function);
    let is_absent = |name: &str| function.get(name).is_none();
    let warnings = ["description", "few_shot_examples", "return_parameters"].into_iter().filter(|name| is_absent(name));
    let warnings = warnings.map(|name| remark(&format!("{name} is missing"), "(root)")).collect::<Vec<_>>();
    let message = if errors.is_empty() { "Function is valid" } else { "Incorrect function syntax" };
    Ok(Object::new()
        .plain("status", 200)
        .text("message", message)
        .text("json_ai_rules_version", RULES)
        .when(!errors.is_empty(), |answer| answer.raw("errors", &list(&errors)))
        .when(!warnings.is_empty(), |answer| answer.raw("warnings", &list(&warnings)))
        .end())
}

fn errors(function: &Value) -> Vec<String> {
    let name = match function.get("name").map(|name| name.as_str().unwrap_or_default()) {
        None => Some("name is required"),
        Some(name) if !is_name(name) => Some("name is invalid"),
        Some(_) => None,
    };
    let parameters = match function.get("parameters") {
        None => Some(String::from("parameters is required")),
        Some(schema) => check_schema(schema, "", MAX_DEPTH).err().map(|refusal| refusal.message().to_owned()),
    };
    let name = name.map(|name| remark(name, "(root)"));
    let parameters = parameters.map(|parameters| remark(&parameters, "parameters"));
    name.into_iter().chain(parameters).collect()
}

fn remark(description: &str, location: &str) -> String {
    Object::new().text("description", description).text("schema_location", location).end()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_say_what_is_missing_and_where() {
        let valid = json!({"name": "f", "parameters": {"type": "object", "properties": {}}});
        assert_eq!(errors(&valid), Vec::<String>::new());
        let root = |description| remark(description, "(root)");
        assert_eq!(errors(&json!({"name": "1", "parameters": {"properties": {}}})), [root("name is invalid")]);
        let deep = remark("Field 'properties.a.items' is missing", "parameters");
        let function = json!({"parameters": {"properties": {"a": {"type": "array"}}}});
        assert_eq!(errors(&function), [root("name is required"), deep]);
    }
}
