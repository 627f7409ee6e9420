//! HTML where an API answer is expected.

use http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::Reply;

pub(crate) const HTML: &str = "text/html; charset=UTF-8";

/// A page with status 200, as a portal or a wrong address gives it.
pub(crate) fn plain() -> Reply {
    let page = page("Welcome", "<h1>Welcome</h1>\n<p>This is a web page, not an API.</p>");
    Reply::text(StatusCode::OK, HTML, page)
}

/// The page of a network edge that lets nobody through.
pub(crate) fn blocked() -> Reply {
    let body = "<h1>Sorry, you have been blocked</h1>\n<p>You are unable to access this site.</p>\n\
                <p>Ray ID: 0000000000000000</p>";
    Reply::text(StatusCode::FORBIDDEN, HTML, page("Attention Required!", body))
}

/// The page with which Cloudflare looks at browsers. Nothing follows from it here.
pub(crate) fn challenge() -> Reply {
    let page = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body><noscript>\
                <span id=\"challenge-error-text\">Enable JavaScript and cookies to continue</span></noscript></body>\
                </html>";
    Reply::text(StatusCode::FORBIDDEN, HTML, page)
        .header(http::header::SERVER, HeaderValue::from_static("cloudflare"))
        .header(HeaderName::from_static("cf-mitigated"), HeaderValue::from_static("challenge"))
}

/// The page of a network edge that does not reach the service.
pub(crate) fn unreachable(status: StatusCode) -> Reply {
    let title = format!("Error {}", status.as_u16());
    let body = format!("<h1>{title}</h1>\n<p>The web server is not answering as it should.</p>");
    Reply::text(status, HTML, page(&title, &body))
}

/// The page that nginx, or one of its relatives with this `name`, gives by itself.
pub(crate) fn gateway(status: StatusCode, name: &str) -> Reply {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"));
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
    );
    Reply::text(status, "text/html", page)
}

/// A page with this title and body.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}
