use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatstream_core::{Endpoint, Error, ErrorKind, Failure, Result, Secret, SingleFlight, Transport, random};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Uri};
use tokio::time::Instant;

use crate::config::{Credentials, GigaChatConfig, Scope};
use crate::error;
use crate::wire::Token;

/// What a request is authorised with.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The `authorization` header; `None` where a client certificate is all there is.
    pub(crate) header: Option<HeaderValue>,
    /// Its number among those of this client; 0 when it cannot be renewed.
    pub(crate) number: u64,
}

/// Obtains grants: one token for all callers of a client, renewed before it runs out.
#[derive(Debug)]
pub(crate) struct Auth {
    source: Source,
    held: Mutex<Option<Held>>,
    /// The token calls.
    calls: SingleFlight<Grant>,
}

/// Where grants come from.
#[derive(Debug)]
enum Source {
    /// A grant that is there from the start.
    Fixed(Grant),
    /// A call for a token.
    Call { uri: Uri, header: HeaderValue, scope: Option<Scope> },
}

#[derive(Debug)]
struct Held {
    grant: Grant,
    renewed_at: Instant,
}

/// How long before its end a token is renewed, as the official SDK has it.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

/// How long a token lives when the service does not say, and at the most.
const TOKEN_LIFE: Duration = Duration::from_secs(30 * 60);

/// The most that is read of a token answer, in bytes; real ones have about 1,300.
const TOKEN_LIMIT: usize = 64 * 1024;

impl Auth {
    /// Checks credentials and addresses.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when they cannot work.
    pub(crate) fn new(config: &GigaChatConfig, api: &Endpoint) -> Result<Self> {
        let source = match &config.credentials {
            Credentials::Certificate => Source::Fixed(Grant { header: None, number: 0 }),
            Credentials::AccessToken(token) => {
                let header = Some(header("Bearer", token)?);
                Source::Fixed(Grant { header, number: 0 })
            }
            Credentials::Password { user, password } => {
                let pair = Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())));
                Source::Call { uri: api.join("token")?, header: header("Basic", &pair)?, scope: None }
            }
            Credentials::Key(key) => Self::oauth(config, &checked_key(key)?)?,
            Credentials::Client { id, secret } => {
                if id.is_empty() || secret.expose().is_empty() {
                    return Err(Error::new(ErrorKind::Config, "client id or client secret is empty"));
                }
                let key = Secret::new(STANDARD.encode(format!("{id}:{}", secret.expose())));
                Self::oauth(config, &key)?
            }
        };
        Ok(Self { source, held: Mutex::default(), calls: SingleFlight::default() })
    }

    fn oauth(config: &GigaChatConfig, key: &Secret) -> Result<Source> {
        let uri = Endpoint::parse(&config.auth_url)?.join("")?;
        // The address is whole: no slash is added to its end.
        let uri = uri.to_string().trim_end_matches('/').parse().map_err(|error: http::uri::InvalidUri| {
            Error::new(ErrorKind::Config, "address of the token call is malformed").with_source(error)
        })?;
        Ok(Source::Call { uri, header: header(config.auth_scheme.as_str(), key)?, scope: Some(config.scope) })
    }

    /// A grant that is good for at least a minute, from a token call where there is none.
    ///
    /// # Errors
    ///
    /// Whatever refuses the token call.
    ///
    /// # Cancel safety
    ///
    /// A caller that gives up ends its token call; the next one makes another.
    pub(crate) async fn authorize(&self, transport: &Transport) -> Result<Grant> {
        let (uri, header, scope) = match &self.source {
            Source::Fixed(grant) => return Ok(grant.clone()),
            Source::Call { uri, header, scope } => (uri, header, *scope),
        };
        let call = async |number| {
            let (header, life) = ask(transport, uri, header, scope).await?;
            let grant = Grant { header: Some(header), number };
            let renewed_at = Instant::now() + life.saturating_sub(RENEWED_BEFORE);
            *self.lock() = Some(Held { grant: grant.clone(), renewed_at });
            Ok(grant)
        };
        self.calls.get(|| self.held(), call).await
    }

    /// Gives up the grant of this number; true when the next one may be another.
    pub(crate) fn renew(&self, number: u64) -> bool {
        if number == 0 {
            return false;
        }
        // Another caller may have renewed it already: then theirs is fresh.
        let mut held = self.lock();
        if held.as_ref().is_some_and(|held| held.grant.number == number) {
            *held = None;
        }
        true
    }

    fn held(&self) -> Option<Grant> {
        self.lock().as_ref().filter(|held| Instant::now() < held.renewed_at).map(|held| held.grant.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes one token call: the header of the token, and how long it lives from now.
async fn ask(
    transport: &Transport,
    uri: &Uri,
    header: &HeaderValue,
    scope: Option<Scope>,
) -> Result<(HeaderValue, Duration)> {
    let mut request = http::Request::post(uri.clone())
        .body(Bytes::new())
        .map_err(|error| Error::new(ErrorKind::Config, "address of the token call is malformed").with_source(error))?;
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, header.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(scope) = scope {
        let id = HeaderValue::try_from(random::uuid()).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "id of the token call is no header value").with_source(error)
        })?;
        headers.insert("rquid", id);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        *request.body_mut() = format!("scope={}", scope.as_str()).into();
    }
    let (head, body) = transport.send(request).await?.into_parts();
    let (body, _) = transport.read(body, TOKEN_LIMIT).await?;
    if !head.status.is_success() {
        let failure = Failure::new(uri, head.status, &head.headers, &body);
        return Err(failure.complete(error::classify_token(&failure), SystemTime::now()));
    }
    let token: Token = serde_json::from_slice(&body).map_err(|_| no_token())?;
    let secret = token.access_token.or(token.tok).filter(|token| !token.is_empty()).ok_or_else(no_token)?;
    let life = life(token.expires_at.or(token.exp), SystemTime::now());
    Ok((self::header("Bearer", &Secret::new(secret))?, life))
}

/// How long a token lives that ends at this Unix time, in seconds or milliseconds. 10¹¹ seconds are
/// the year 5138, 10¹¹ milliseconds are 1973, so the number itself tells which it is.
fn life(expires_at: Option<u64>, now: SystemTime) -> Duration {
    let ends = match expires_at.filter(|time| *time > 0) {
        None => return TOKEN_LIFE,
        Some(time) if time < 100_000_000_000 => Duration::from_secs(time),
        Some(time) => Duration::from_millis(time),
    };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    ends.saturating_sub(now).min(TOKEN_LIFE)
}

fn no_token() -> Error {
    // The answer may hold a token in another place: it is not quoted.
    Error::new(ErrorKind::Parse, "answer to the token call holds no token")
}

/// The authorization key, unless it is one of the other secrets of the cabinet, which users paste in
/// its place.
fn checked_key(key: &Secret) -> Result<Secret> {
    let text = key.expose().trim();
    let wrong = |what| Err(Error::new(ErrorKind::Config, what));
    let is_uuid = text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    if text.is_empty() {
        return wrong("authorization key is empty");
    }
    if is_uuid {
        return wrong("authorization key is a client secret or a client id alone, not both as one key");
    }
    if text.starts_with("eyJ") && text.matches('.').count() >= 2 {
        return wrong("authorization key is an access token, which is given as such");
    }
    Ok(Secret::new(text))
}

fn header(scheme: &str, secret: &Secret) -> Result<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("{scheme} {}", secret.expose()))
        .map_err(|_| Error::new(ErrorKind::Config, "credentials hold a character that no header can"))?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_s_end_is_read_in_seconds_and_milliseconds() {
        let now = UNIX_EPOCH + Duration::from_secs(1_780_000_000);
        let table = [
            (Some(1_780_000_600), 600),
            (Some(1_780_000_600_000), 600),
            (Some(1_780_000_600_500), 600),
            (Some(1_700_000_000), 0),
            (Some(4_102_444_800_000), 1800),
            (Some(0), 1800),
            (None, 1800),
        ];
        for (expires_at, seconds) in table {
            assert_eq!(life(expires_at, now).as_secs(), seconds, "{expires_at:?}");
        }
    }

    #[test]
    fn what_is_pasted_by_mistake_is_named() {
        let table = [
            ("", "authorization key is empty"),
            ("11111111-2222-3333-4444-555555555555", "authorization key is a client secret"),
            ("eyJjdHkiOiJqd3QifQ.a.b.c.d", "authorization key is an access token"),
        ];
        for (key, expected) in table {
            let error = checked_key(&Secret::new(key)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().starts_with(expected), "{error}");
        }
        assert_eq!(checked_key(&Secret::new(" a2V5OnNlY3JldA== \n")).unwrap().expose(), "a2V5OnNlY3JldA==");
    }
}
