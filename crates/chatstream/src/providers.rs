use chatstream_core::{Error, ErrorKind, Provider, Result};

/// The names of the providers compiled in, for [`from_env`].
pub const PROVIDERS: &[&str] = &[
    #[cfg(feature = "chatgptfree")]
    "chatgptfree",
    #[cfg(feature = "gigachat")]
    "gigachat",
    #[cfg(feature = "grok")]
    "grok",
    #[cfg(feature = "xai")]
    "xai",
];

/// The names of all providers there are, each also the name of its feature.
const KNOWN: &[&str] = &["chatgptfree", "gigachat", "grok", "xai"];

/// A client of the provider of this name, with the settings of the environment.
///
/// # Errors
///
/// - [`Config`](ErrorKind::Config) when there is no such provider, when it is not compiled in, or
///   when the environment lacks what it needs; the message says which and lists what there is.
///
/// ```
/// let error = chatstream::from_env("nobody").unwrap_err();
/// assert!(error.message().starts_with("no provider is named nobody"));
/// ```
pub fn from_env(name: &str) -> Result<Box<dyn Provider>> {
    match name {
        #[cfg(feature = "chatgptfree")]
        "chatgptfree" => Ok(Box::new(chatstream_chatgptfree::ChatgptFree::from_env()?)),
        #[cfg(feature = "gigachat")]
        "gigachat" => Ok(Box::new(chatstream_gigachat::GigaChat::from_env()?)),
        #[cfg(feature = "grok")]
        "grok" => Ok(Box::new(chatstream_grok::Grok::from_env()?)),
        #[cfg(feature = "xai")]
        "xai" => Ok(Box::new(chatstream_xai::Xai::from_env()?)),
        name => Err(unavailable(name)),
    }
}

fn unavailable(name: &str) -> Error {
    let list = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = if KNOWN.contains(&name) {
        format!("provider {name} is not compiled in: enable the feature {name}; compiled in: {}", list(PROVIDERS))
    } else {
        format!("no provider is named {name}; known: {}; compiled in: {}", list(KNOWN), list(PROVIDERS))
    };
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_compiled_in_is_known() {
        assert!(PROVIDERS.iter().all(|name| KNOWN.contains(name)));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let message = from_env("nobody").unwrap_err().to_string();
        assert!(message.contains("no provider is named nobody; known: chatgptfree, gigachat, grok, xai"), "{message}");
        if !PROVIDERS.contains(&"xai") {
            let message = from_env("xai").unwrap_err().to_string();
            assert!(message.contains("enable the feature xai"), "{message}");
        }
    }
}
