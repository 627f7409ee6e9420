use chatstream_core::{Error, ErrorKind, Result};

use crate::{error, wire};

/// A model as `GET /models` lists it. Servers of the dialect leave out most of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Model {
    /// The name to ask for.
    pub id: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Who made it.
    pub owned_by: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: Option<u64>,
    /// How much it can read and write at once, in tokens.
    pub context_length: Option<u64>,
    /// The price of a million input tokens, in US dollars.
    pub input_usd_per_million: Option<f64>,
    /// The price of a million output tokens, in US dollars.
    pub output_usd_per_million: Option<f64>,
}

/// Reads a model list: `{"data": […]}`, or `{"models": […]}` as `/language-models` has it.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<Model>> {
    let list: wire::ModelList = serde_json::from_slice(body).map_err(|error| error::no_json(body, error))?;
    let models = list.data.or(list.models).ok_or_else(|| {
        error::in_answer(body).unwrap_or_else(|| Error::new(ErrorKind::Parse, "answer lists no models"))
    })?;
    Ok(models.into_iter().map(model).collect())
}

fn model(model: wire::Model) -> Model {
    Model {
        id: model.id,
        aliases: model.aliases.unwrap_or_default(),
        owned_by: model.owned_by,
        created: model.created,
        context_length: model.context_length,
        input_usd_per_million: model.prompt_text_token_price.map(usd_per_million),
        output_usd_per_million: model.completion_text_token_price.map(usd_per_million),
    }
}

/// Prices come in US cents per 10⁸ tokens (docs.x.ai, models reference, 2026-08).
fn usd_per_million(cents: f64) -> f64 {
    cents / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_every_form() {
        let priced =
            br#"{"object":"list","data":[{"id":"grok-4.3","object":"model","owned_by":"xai","created":1768003200,
            "aliases":["grok-latest"],"context_length":256000,"prompt_text_token_price":12500,
            "completion_text_token_price":25000,"future":{}}]}"#;
        let expected = Model {
            id: "grok-4.3".into(),
            aliases: vec!["grok-latest".into()],
            owned_by: Some("xai".into()),
            created: Some(1_768_003_200),
            context_length: Some(256_000),
            input_usd_per_million: Some(1.25),
            output_usd_per_million: Some(2.5),
        };
        assert_eq!(parse(priced).unwrap(), [expected]);
        let bare = Model { id: "m".into(), ..Model::default() };
        assert_eq!(parse(br#"{"data":[{"id":"m"}]}"#).unwrap(), std::slice::from_ref(&bare));
        assert_eq!(parse(br#"{"models":[{"id":"m","aliases":null}]}"#).unwrap(), [bare]);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        assert_eq!(parse(b"<html>").unwrap_err().kind(), ErrorKind::Unexpected);
        assert_eq!(parse(b"[]").unwrap_err().kind(), ErrorKind::Parse);
        assert_eq!(parse(b"{}").unwrap_err().kind(), ErrorKind::Parse);
        let refused = br#"{"code":"The service is currently unavailable","error":"try later"}"#;
        assert_eq!(parse(refused).unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
