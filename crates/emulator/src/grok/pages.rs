//! The pages a browser sees: signing in, and the chat it then finds.

use http::StatusCode;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderValue, header};

use super::Grok;
use super::cookies::{self, Standing};
use crate::answer::Reply;
use crate::json::Object;
use crate::page;
use crate::server::Call;

/// The page of the chat. Programs that wait for a browser to be signed in look for the link to private chats, and
/// that the body has no class `no-js`.
pub(super) fn home(standing: Standing) -> Reply {
    let body = match standing {
        Standing::SignedIn => format!(
            "<h1>Grok</h1>\n<p>Signed in as <b id=\"user\" data-user-id=\"{}\">{}</b>.</p>\n\
             <nav><a href=\"/chat#private\">Private chat</a></nav>\n<textarea aria-label=\"Ask Grok anything\">\
             </textarea>",
            cookies::USER_ID,
            cookies::EMAIL
        ),
        _ => format!("<h1>Grok</h1>\n<p>Nobody is signed in.</p>\n<a href=\"{}/sign-in\">Sign in</a>", Grok::PREFIX),
    };
    Reply::text(StatusCode::OK, page::HTML, page::page("Grok", &body))
}

/// A form that takes anything; asked for with `unattended`, one that the browser sends by itself.
pub(super) fn sign_in(query: Option<&str>) -> Reply {
    let script = if query == Some("unattended") { "\n<script>document.forms[0].requestSubmit()</script>" } else { "" };
    let body = format!(
        "<h1>Sign in</h1>\n<p>Any address and any password will do: this is an emulator.</p>\n\
         <form method=\"post\" action=\"{}/sign-in\">\n<input name=\"email\" type=\"email\" value=\"{}\">\n\
         <input name=\"password\" type=\"password\">\n<button type=\"submit\">Sign in</button>\n</form>{script}",
        Grok::PREFIX,
        cookies::EMAIL
    );
    Reply::text(StatusCode::OK, page::HTML, page::page("Sign in", &body))
}

/// The end of signing in: a new session, and the way to the chat.
pub(super) fn signed_in(call: &Call) -> Reply {
    let home = HeaderValue::try_from([Grok::PREFIX, "/"].concat()).expect("a path");
    let reply = Reply::new(StatusCode::SEE_OTHER, std::iter::empty())
        .header(LOCATION, home)
        .header(header::CONTENT_LENGTH, HeaderValue::from(0));
    cookies::of_a_session(call.number).into_iter().fold(reply, |reply, cookie| reply.header(SET_COOKIE, cookie))
}

/// Who is signed in, for programs.
pub(super) fn session(standing: Standing) -> String {
    match standing {
        Standing::SignedIn => {
            let session = Object::new().text("userId", cookies::USER_ID).text("email", cookies::EMAIL).end();
            Object::new().text("status", "authenticated").raw("session", &session).end()
        }
        _ => Object::new().text("status", "unauthenticated").plain("session", "null").end(),
    }
}
