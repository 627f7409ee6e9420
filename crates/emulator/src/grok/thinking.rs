//! What comes before an answer: thoughts, and the tools that are used for them.

use super::citations::Source;
use super::frames::{Look, Part};
use crate::identity;
use crate::json::{Object, list};
use crate::speech::Speech;

/// The agents of a team.
const TEAM: [&str; 2] = ["Grok", "Agent 1"];

/// A tool that is used while thinking.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tool<'a> {
    Search(&'a [Source]),
    Code,
}

/// Headlines, thoughts and the use of a tool. `id` is the answer's.
pub(super) fn steps(id: &str, prompt: &str, thought: &Speech, tool: Tool<'_>, team: bool) -> Vec<Part> {
    let agent = |index: usize| team.then_some(TEAM[index]);
    let mut parts = vec![token("Thinking about your request", Look::thought("header", 0, agent(0)))];
    parts.extend(thought.deltas().map(|delta| Part::Token(delta, Look::thought("summary", 0, agent(0)))));
    parts.push(token("Using a tool <1>", Look::thought("header", 1, agent(1))));
    parts.extend(use_of(tool, &identity::uuid(identity::hash(&[b"tool", id.as_bytes()])), prompt, agent(1)));
    parts.push(token("The tool has answered.", Look::thought("summary", 1, agent(1))));
    parts
}

/// Thoughts and nothing else.
pub(super) fn plain(thought: &Speech) -> Vec<Part> {
    thought.deltas().map(|delta| Part::Token(delta, Look::thought("summary", 0, None))).collect()
}

/// The card of a tool, which is markup and no thought, and what came of it.
fn use_of(tool: Tool<'_>, card_id: &str, prompt: &str, agent: Option<&'static str>) -> [Part; 2] {
    let (name, member, args) = match tool {
        Tool::Search(_) => ("web_search", "webSearch", Object::new().text("query", prompt).end()),
        Tool::Code => {
            let code = Object::new().text("code", "print(\"a < b\")").text("language", "python");
            ("code_execution", "codeExecution", code.end())
        }
    };
    let markup = format!(
        "<xai:tool_usage_card>\n  <xai:tool_usage_card_id>{card_id}</xai:tool_usage_card_id>\n  \
         <xai:tool_name>{name}</xai:tool_name>\n  <xai:tool_args><![CDATA[{args}]]></xai:tool_args>\n\
         </xai:tool_usage_card>"
    );
    let card =
        Object::new().text("toolUsageCardId", card_id).raw(member, &Object::new().raw("args", &args).end()).end();
    let used = Object::new().text("token", &markup).text("toolUsageCardId", card_id).raw("toolUsageCard", &card);
    let result = match tool {
        Tool::Search(sources) => Object::new().raw("webSearchResults", &results(sources)),
        Tool::Code => {
            let result = Object::new().text("stdout", "a < b\n").text("stderr", "").plain("exitCode", 0);
            Object::new().raw("codeExecutionResult", &result.plain("commandTimedOut", false).end())
        }
    };
    [
        Part::Members(used, Look::thought("tool_usage_card", 1, agent)),
        Part::Members(result.text("toolUsageCardId", card_id), Look::thought("raw_function_result", 1, agent)),
    ]
}

/// The steps of a DeepSearch, as in 2025.
pub(super) fn deepsearch(prompt: &str, sources: &[Source]) -> Vec<Part> {
    let progress = Object::new()
        .text("category", "TOOL_PROCESSING")
        .text("state", "PROGRESS_REPORT_STATUS_PENDING")
        .text("message", "Searching")
        .plain("percentage", 10.0);
    let query = Object::new().text("query", prompt).end();
    let action = Object::new().text("action", "webSearch").raw("action_input", &query).end();
    let post = Object::new()
        .text("username", "example")
        .text("name", "Example")
        .text("text", "Пример 🚀")
        .text("createTime", &identity::timestamp(identity::time(1)))
        .text("profileImageUrl", "")
        .text("postId", "1000000000000000001")
        .text("citationId", "2")
        .text("parentPostId", "")
        .text("quotePostId", "")
        .plain("viewCount", 10);
    let posts = Object::new().raw("results", &list([post.end()])).end();
    let of_step = |step| Look { tag: None, ..Look::thought("", step, None) };
    vec![
        Part::Members(Object::new().raw("progressReport", &progress.end()), Look { thinking: true, ..Look::PLAIN }),
        token("Finding pages", Look::thought("header", 1, None)),
        // The one token that is no text.
        Part::Members(Object::new().raw("token", &action), Look::thought("assistant", 1, None)),
        Part::Members(Object::new().raw("webSearchResults", &results(sources)), of_step(1)),
        token("The pages say something.", Look::thought("summary", 1, None)),
        token("Checking posts", Look::thought("header", 2, None)),
        Part::Members(Object::new().raw("xSearchResults", &posts), of_step(2)),
    ]
}

fn token(text: &str, look: Look) -> Part {
    Part::Token(text.to_owned(), look)
}

fn results(sources: &[Source]) -> String {
    Object::new().raw("results", &list(sources.iter().map(|source| &source.json))).end()
}
