//! The tools of a request: functions of the client, and built-in ones by their names.

use http::StatusCode;
use serde_json::{Map, Value};

use super::wire::{Functions, ToolConfig, ToolMode};
use crate::gigachat::ask::{BuiltIn, Choice};
use crate::gigachat::catalogue;
use crate::gigachat::error::{self, Refusal, invalid_params};
use crate::gigachat::functions::{self, Function};

/// What a client offers the model.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) functions: Vec<Function>,
    pub(super) built_ins: Vec<BuiltIn>,
}

/// The name of a built-in function.
pub(super) fn name(built_in: BuiltIn) -> &'static str {
    match built_in {
        BuiltIn::Drawing => "image_generate",
        BuiltIn::WebSearch => "web_search",
        BuiltIn::PageReading => "url_content_extraction",
        BuiltIn::Coding => "code_interpreter",
        BuiltIn::FileReading => "get_file_content",
    }
}

/// Reads the tools of a request to this model.
pub(super) fn read(tools: &[Map<String, Value>], model: &str) -> Result<Tools, Refusal> {
    let mut read = Tools::default();
    for (tool_name, settings) in tools.iter().flatten() {
        match tool_name.as_str() {
            "functions" => {
                let functions = serde_json::from_value::<Functions>(settings.clone());
                let functions = functions.map_err(|error| super::misshapen(&error))?.specifications;
                functions::check(&functions, &[])?;
                read.functions.extend(functions);
            }
            // The interpreter was met with a model of the third generation, and not with one of the second.
            "code_interpreter" if !catalogue::is_of_third_generation(model) => return Err(unavailable(tool_name)),
            "model_3d_generate" => return Err(unavailable(tool_name)),
            _ => read.built_ins.push(built_in(tool_name)?),
        }
    }
    Ok(read)
}

fn built_in(tool_name: &str) -> Result<BuiltIn, Refusal> {
    let mut known = [BuiltIn::Drawing, BuiltIn::WebSearch, BuiltIn::PageReading, BuiltIn::Coding].into_iter();
    known.find(|built_in| name(*built_in) == tool_name).ok_or_else(|| unknown(tool_name))
}

/// Which of the tools is to be used; without a word on it, any may be.
pub(super) fn choose(config: ToolConfig, tools: &Tools) -> Result<Choice, Refusal> {
    match (config.mode.unwrap_or_default(), config.function_name, config.tool_name) {
        (ToolMode::None, ..) => Ok(Choice::None),
        (ToolMode::Auto, ..) => Ok(Choice::Auto),
        (ToolMode::Forced, Some(name), _) if tools.functions.iter().any(|function| function.name == name) => {
            Ok(Choice::Function(name, Map::new()))
        }
        (ToolMode::Forced, Some(name), _) => Err(error::no_such_function(&name)),
        (ToolMode::Forced, None, Some(name)) => {
            let built_in = built_in(&name)?;
            let is_offered = tools.built_ins.contains(&built_in);
            if is_offered { Ok(Choice::BuiltIn(built_in)) } else { Err(unknown(&name)) }
        }
        (ToolMode::Forced, None, None) => Err(invalid_params("tool_config names no tool")),
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("Unknown tool {name}"))
}

fn unavailable(name: &str) -> Refusal {
    error::unprocessable(format!("Tool {name} is unavailable"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tools(tools: Value, model: &str) -> Result<Tools, Refusal> {
        read(&serde_json::from_value::<Vec<_>>(tools).unwrap(), model)
    }

    #[track_caller]
    fn check(config: Value, expected: Result<Choice, Refusal>) {
        let function = json!({"name": "f", "parameters": {"properties": {}}});
        let offered = json!([{"functions": {"specifications": [function]}}, {"web_search": {}}]);
        assert_eq!(choose(serde_json::from_value(config).unwrap(), &tools(offered, "m").unwrap()), expected);
    }

    #[test]
    fn tools_are_known_and_within_reach() {
        assert_eq!(tools(json!([{"code_interpreter": {}}]), "GigaChat-3-Ultra").unwrap().built_ins, [BuiltIn::Coding]);
        let refused = |offered, model| tools(offered, model).unwrap_err();
        assert_eq!(refused(json!([{"code_interpreter": {}}]), "GigaChat-2-Max"), unavailable("code_interpreter"));
        assert_eq!(refused(json!([{"model_3d_generate": {}}]), "GigaChat-3-Ultra"), unavailable("model_3d_generate"));
        assert_eq!(refused(json!([{"divination": {}}]), "m"), unknown("divination"));
        let nameless = json!([{"functions": {"specifications": [{}]}}]);
        assert_eq!(refused(nameless, "m"), error::bad_request("Invalid params: missing field `name`"));
    }

    #[test]
    fn a_tool_can_be_forced() {
        check(json!({}), Ok(Choice::Auto));
        check(json!({"mode": "none"}), Ok(Choice::None));
        check(json!({"mode": "forced", "function_name": "f"}), Ok(Choice::Function("f".to_owned(), Map::new())));
        check(json!({"mode": "forced", "tool_name": "web_search"}), Ok(Choice::BuiltIn(BuiltIn::WebSearch)));
        check(json!({"mode": "forced", "function_name": "g"}), Err(error::no_such_function("g")));
        check(json!({"mode": "forced", "tool_name": "image_generate"}), Err(unknown("image_generate")));
        check(json!({"mode": "forced"}), Err(invalid_params("tool_config names no tool")));
    }
}
