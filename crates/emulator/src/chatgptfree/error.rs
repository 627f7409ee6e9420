//! How WordPress, the plugin and what stands before them say that they do not answer.

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::plugin;
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::instead::Manner;
use crate::json::Object;
use crate::page::{self, HTML, page};

pub(super) const JSON: &str = "application/json; charset=UTF-8";

const CRITICAL: &str = "<p>There has been a critical error on this website.</p>";
const MAINTENANCE: &str = "<h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>";

/// How the plugin's first generation does not answer.
pub(super) const FIRST: Manner = Manner { of_status, success: plugin::wrong, blocked: page::blocked, own };

/// How the second one does not.
pub(super) const SECOND: Manner = Manner { of_status, success: success_of_second, blocked: page::blocked, own };

/// Nobody is there for the action of a request.
pub(super) fn nobody(status: StatusCode) -> Reply {
    Reply::text(status, HTML, "0")
}

pub(super) fn no_such_page() -> Reply {
    let body =
        "<h1>Oops! That page can&rsquo;t be found.</h1>\n<p>It looks like nothing was found at this location.</p>";
    Reply::text(StatusCode::NOT_FOUND, HTML, page("Page not found", body))
}

/// The whole site has broken down.
pub(super) fn critical() -> Reply {
    Reply::text(StatusCode::INTERNAL_SERVER_ERROR, HTML, CRITICAL)
}

/// The site is being updated.
pub(super) fn maintenance() -> Reply {
    Reply::text(StatusCode::SERVICE_UNAVAILABLE, HTML, MAINTENANCE).header(RETRY_AFTER, HeaderValue::from_static("600"))
}

/// A nonce is not good, in the words of the plugin's versions and of WordPress.
pub(super) fn refused_nonce(headers: &HeaderMap, faults: &Faults) -> Reply {
    let way = nonce_reply(faults);
    let way = way.unwrap_or(if faults.has(&Fault::OldPlugin) { "json" } else { "link" });
    let link = expired_link(headers);
    match way {
        "json" => plugin::refusal("Nonce verification failed"),
        "minus-1" => Reply::text(StatusCode::FORBIDDEN, HTML, "-1"),
        "minus-1-200" => Reply::text(StatusCode::OK, HTML, "-1"),
        "page" => {
            let page = format!(
                "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<title>Something went wrong.</title>\n</head>\n\
                 <body id=\"error-page\">\n\t<div class=\"wp-die-message\">{link}</div></body>\n</html>\n"
            );
            Reply::text(StatusCode::FORBIDDEN, HTML, page)
        }
        _ => Reply::text(StatusCode::FORBIDDEN, HTML, link),
    }
}

/// How a nonce is refused, if a fault says so.
pub(super) fn nonce_reply(faults: &Faults) -> Option<&str> {
    faults.find(|fault| match fault {
        Fault::NonceReply(name) => Some(name.as_str()),
        _ => None,
    })
}

/// What WordPress says of an expired link, with the way back if it knows one.
fn expired_link(headers: &HeaderMap) -> String {
    let expired = "The link you followed has expired.";
    match headers.get(header::REFERER).and_then(|referer| referer.to_str().ok()) {
        Some(referer) => {
            let referer = super::pages::attribute(referer);
            format!("{expired}</p><p><a href=\"{referer}\">Please try again.</a>")
        }
        None => expired.to_owned(),
    }
}

/// A refusal of the plugin's second generation.
pub(super) fn of_second(status: StatusCode, code: Option<&str>, message: &str) -> Reply {
    let data = Object::new().text("message", message);
    let data = match code {
        Some(code) => data.text("code", code).end(),
        None => data.end(),
    };
    Reply::text(status, JSON, Object::new().plain("success", false).raw("data", &data).end())
}

fn success_of_second() -> Reply {
    of_second(StatusCode::OK, None, "Something went wrong")
}

/// What is not the plugin's to say.
fn own(fault: &Fault) -> Option<Reply> {
    match fault {
        Fault::Challenge => Some(page::challenge()),
        Fault::UnknownAction => Some(nobody(StatusCode::BAD_REQUEST)),
        Fault::UnknownAction200 => Some(nobody(StatusCode::OK)),
        Fault::Maintenance => Some(maintenance()),
        Fault::EmbedNotAvailable => {
            let message = "Embed feature is not available with your current plan.";
            Some(of_second(StatusCode::FORBIDDEN, Some("embed_not_available"), message))
        }
        _ => None,
    }
}

/// The error that comes with this status.
fn of_status(status: StatusCode) -> Reply {
    match status.as_u16() {
        400 => nobody(status),
        403 => page::blocked(),
        404 => no_such_page(),
        500 => critical(),
        503 => Reply::text(status, HTML, MAINTENANCE),
        520..=527 | 530 => page::unreachable(status),
        _ => page::gateway(status, "nginx"),
    }
}
