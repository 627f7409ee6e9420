//! What to do about an error, by its kind and its provider.

use chatstream::{Error, ErrorKind};
use clap::ValueEnum as _;

use crate::provider::ProviderName;

/// What to do about this error; `None` where nobody can tell.
pub(crate) fn for_error(error: &Error) -> Option<String> {
    let provider = error.provider().and_then(|name| ProviderName::from_str(name, false).ok());
    let credentials = provider.and_then(|it| it.credentials().first().copied()).unwrap_or("the credentials");
    let account = provider.and_then(ProviderName::account).unwrap_or("the provider's site");
    let address = match provider.and_then(ProviderName::address) {
        Some(variable) => format!("--base-url or {variable}"),
        None => "the address".to_owned(),
    };
    let says = |text: &str| error.message().contains(text);
    if let Some(advice) = provider.filter(|it| *it == ProviderName::ChatgptFree).and_then(|_| of_site(error, &address))
    {
        return Some(advice);
    }
    Some(match error.kind() {
        ErrorKind::Config if says(credentials) || says("API key") || says("authorization key") || says("scope") => {
            format!("set {credentials} to a key from {account}, or try without one: -p emulator")
        }
        ErrorKind::Config if says("is no id of a bot") => {
            "choose a bot with -m; `chatstream models` lists those of the page".to_owned()
        }
        ErrorKind::Config if says("base URL") => {
            format!("check {address}: it begins with http:// or https:// and holds neither password nor query")
        }
        ErrorKind::Config if says("proxy") => {
            "check --proxy: http://, https://, socks5:// or socks5h://, a host, perhaps a port".to_owned()
        }
        ErrorKind::Config if says("roots of trust") => {
            "install the system's CA certificates, or name a PEM file in SSL_CERT_FILE".to_owned()
        }
        ErrorKind::Config => return None,
        ErrorKind::InvalidRequest if says("model") => {
            "choose a model with -m; `chatstream models` lists those there are".to_owned()
        }
        ErrorKind::InvalidRequest => return None,
        ErrorKind::Unauthorized if provider == Some(ProviderName::Grok) => {
            format!("sign in at {account} with a browser, and put its cookies into the file that {credentials} names")
        }
        ErrorKind::Blocked if provider == Some(ProviderName::Grok) => {
            format!("the site serves browsers: look at {account} with yours, or use the API with -p xai")
        }
        ErrorKind::Unauthorized => format!("check {credentials}, and at {account} what the key may do"),
        ErrorKind::Blocked => {
            "something before the API refuses this network or region: try another network or --proxy, or ask whoever \
             runs the one in between"
                .to_owned()
        }
        ErrorKind::Refused => "a content filter of the provider refused it: say it another way".to_owned(),
        ErrorKind::QuotaExhausted => format!("add credits at {account}; waiting does not help"),
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => format!("wait {} s and run it again", wait.as_secs_f64().ceil()),
            None => "wait a little and run it again".to_owned(),
        },
        ErrorKind::Unavailable => "the provider is at fault: run it again later, or with more --retries".to_owned(),
        ErrorKind::Connect => connect(error, &address),
        ErrorKind::Timeout => format!("run it again, or allow more with {}", timeout_flag(error)),
        ErrorKind::Interrupted if says("before it answered") => {
            format!("run it again; if it stays so, check {address}: https:// or http://, and the port")
        }
        ErrorKind::Interrupted => "what arrived was printed and may lack its end: run it again".to_owned(),
        ErrorKind::Decode | ErrorKind::Parse => {
            format!(
                "the server may not speak this API: check {address}; `chatstream decode` shows what a recording holds"
            )
        }
        ErrorKind::Unexpected if says("web page") || says("redirects") => {
            format!("the server is not the API: check {address}")
        }
        _ => return None,
    })
}

/// What is other with a public page, which has neither accounts nor keys; `None` where nothing is.
fn of_site(error: &Error, address: &str) -> Option<String> {
    let begins = |text: &str| error.message().starts_with(text);
    let what = match error.kind() {
        ErrorKind::Blocked => "the site serves browsers, or not this network: look at it with yours",
        ErrorKind::Unauthorized => "look at the chat with a browser; if it answers there, run it again later",
        ErrorKind::QuotaExhausted => "what the site allows a visitor is used up: wait until it counts anew",
        ErrorKind::InvalidRequest if begins("the site has nobody") => "the site has taken its chat away or changed it",
        ErrorKind::Parse if begins("no ") => "the page may be another than that of the chat: look at it with a browser",
        _ => return None,
    };
    Some(format!("{what}, or name another site or page with {address}"))
}

fn connect(error: &Error, address: &str) -> String {
    let says = |text: &str| error.message().contains(text);
    if says("certificate is not trusted") {
        return "the system's roots of trust do not know the server's certificate, or it is for another name or time: \
                check the address and the clock, or name the root's PEM file in SSL_CERT_FILE"
            .to_owned();
    }
    if says("does not resolve") {
        return format!("check the name in {address}, and the network");
    }
    if says("does not speak TLS") {
        return format!("check {address}: a plain server's begins with http://");
    }
    format!("check {address}, the network and the proxy (--proxy, HTTPS_PROXY)")
}

/// The flag of the wait that ran out: the message says which it was.
fn timeout_flag(error: &Error) -> &'static str {
    let says = |text: &str| error.message().contains(text);
    if says("a connection to") {
        "--connect-timeout"
    } else if says("the head of the answer") {
        "--first-byte-timeout"
    } else if says("an event that says something") {
        "--content-timeout"
    } else {
        "--idle-timeout"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn advice_names_what_to_look_at() {
        let table = [
            (ErrorKind::Config, "XAI_API_KEY is not set", "set XAI_API_KEY"),
            (ErrorKind::Config, "base URL has no host", "XAI_BASE_URL"),
            (ErrorKind::Config, "proxy ftp://host has ftp; known are http", "--proxy"),
            (ErrorKind::Unauthorized, "Incorrect API key", "check XAI_API_KEY"),
            (ErrorKind::InvalidRequest, "The model x does not exist", "chatstream models"),
            (
                ErrorKind::Connect,
                "cannot connect to https://a: certificate is not trusted",
                "roots of trust do not know",
            ),
            (ErrorKind::Connect, "cannot connect to https://a: name a does not resolve", "check the name"),
            (ErrorKind::Connect, "cannot connect to http://a", "HTTPS_PROXY"),
            (ErrorKind::Timeout, "waited 1 s for more bytes", "--idle-timeout"),
            (ErrorKind::Timeout, "waited 1 s for the head of the answer", "--first-byte-timeout"),
            (ErrorKind::Timeout, "waited 1 s for a connection to http://a", "--connect-timeout"),
            (ErrorKind::Timeout, "waited 1 s for an event that says something", "--content-timeout"),
            (ErrorKind::QuotaExhausted, "no credits", "console.x.ai"),
        ];
        for (kind, message, expected) in table {
            let advice = for_error(&Error::new(kind, message).with_provider("xai")).unwrap();
            assert!(advice.contains(expected), "{kind}: {message}: {advice}");
        }
    }

    #[test]
    fn of_a_site_nobody_is_sent_to_an_account() {
        for (kind, message, expected) in [
            (ErrorKind::Blocked, "the site's edge wants a browser to pass a check", "serves browsers"),
            (ErrorKind::Unauthorized, "the site refuses the nonce of its page", "run it again later"),
            (ErrorKind::QuotaExhausted, "You have reached your token limit.", "counts anew"),
            (ErrorKind::InvalidRequest, "the site has nobody who takes this message", "has taken its chat away"),
            (ErrorKind::Parse, "no chat found on https://a.example", "another than that of the chat"),
            (ErrorKind::Config, "\"a b\" is no id of a bot", "choose a bot with -m"),
            (ErrorKind::Config, "base URL has no host", "CHATGPTFREE_URL"),
            (ErrorKind::RateLimited, "slow down", "wait a little"),
        ] {
            let advice = for_error(&Error::new(kind, message).with_provider("chatgptfree")).unwrap();
            assert!(advice.contains(expected), "{kind}: {message}: {advice}");
        }
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        let error = Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Duration::from_millis(1200));
        assert_eq!(for_error(&error).as_deref(), Some("wait 2 s and run it again"));
    }
}
