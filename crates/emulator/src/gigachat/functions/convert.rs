//! POST `/functions/convert`: the operations of an OpenAPI text as functions. It is read as JSON only.

use serde_json::{Map, Value, json};

use crate::gigachat::converse::read;
use crate::gigachat::error::{Refusal, bad_request};
use crate::server::Call;

/// How deep references are followed.
const MAX_DEPTH: usize = 16;

/// Members of a path that are operations.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(in crate::gigachat) fn answer(call: &Call) -> Result<String, Refusal> {
    let document: Value = read(call, |_| bad_request("The emulator reads OpenAPI as JSON only"))?;
    Ok(json!({"functions": functions(&document)}).to_string())
}

fn functions(document: &Value) -> Vec<Value> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, operations)| {
        METHODS.iter().filter_map(move |method| Some((path, *method, operations.get(*method)?)))
    });
    operations.map(|(path, method, operation)| function(document, path, method, operation)).collect()
}

fn function(document: &Value, path: &str, method: &str, operation: &Value) -> Value {
    let named = || format!("{method}{path}").replace(|next: char| !next.is_ascii_alphanumeric(), "_");
    let name = operation["operationId"].as_str().map_or_else(named, str::to_owned);
    let description = operation["description"].as_str().or(operation["summary"].as_str()).unwrap_or_default();
    let mut function = json!({
        "name": name,
        "description": description,
        "parameters": parameters(document, operation),
    });
    let success = operation["responses"].as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    if let Some(schema) = success.and_then(|(_, response)| body(document, response)) {
        function["return_parameters"] = schema;
    }
    function
}

/// Parameters of the path, of the query and of the body, all in one object.
fn parameters(document: &Value, operation: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolve(document, parameter, MAX_DEPTH);
        let Some(name) = parameter["name"].as_str() else { continue };
        let mut schema = parameter["schema"].clone();
        if let (Some(schema), Some(description)) = (schema.as_object_mut(), parameter.get("description")) {
            schema.insert(String::from("description"), description.clone());
        }
        properties.insert(name.to_owned(), schema);
        if parameter["required"] == true {
            required.push(json!(name));
        }
    }
    if let Some(body) = body(document, &operation["requestBody"]) {
        properties.extend(body["properties"].as_object().cloned().unwrap_or_default());
        required.extend(body["required"].as_array().cloned().unwrap_or_default());
    }
    json!({"type": "object", "properties": properties, "required": required})
}

/// The schema of a JSON body.
fn body(document: &Value, holder: &Value) -> Option<Value> {
    let holder = resolve(document, holder, MAX_DEPTH);
    holder.pointer("/content/application~1json/schema").cloned()
}

/// The value with what its references point to in their places.
fn resolve(document: &Value, value: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    if let Some(target) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return document.pointer(target).map_or(Value::Null, |value| resolve(document, value, depth));
    }
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), resolve(document, value, depth)));
            Value::Object(members.collect())
        }
        Value::Array(values) => values.iter().map(|value| resolve(document, value, depth)).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_become_functions() {
        let message = json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}});
        let reference = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}});
        let id =
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}, "description": "Кто"});
        let document = json!({
            "paths": {"/users/{id}/messages": {
                "post": {
                    "operationId": "sendMessage",
                    "summary": "Отправить",
                    "parameters": [id],
                    "requestBody": {"content": reference},
                    "responses": {"404": {}, "200": {"content": reference}},
                },
                "get": {},
            }},
            "components": {"schemas": {"Message": message}},
        });
        let functions = functions(&document);
        assert_eq!(functions[0]["name"], "get_users__id__messages");
        let expected = json!({
            "name": "sendMessage",
            "description": "Отправить",
            "parameters": {
                "type": "object",
                "properties": {"id": {"type": "integer", "description": "Кто"}, "text": {"type": "string"}},
                "required": ["id", "text"],
            },
            "return_parameters": message,
        });
        assert_eq!(functions[1], expected);
    }
}
