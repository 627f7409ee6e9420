use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatstream_core::cookies::Site;
use chatstream_core::{Endpoint, Error, ErrorKind, Result, Secret, SingleFlight, Transport, display_address, random};
use http::Uri;
use tokio::time::Instant;

use crate::config::{self, ChatgptFreeConfig};
use crate::page::{self, Chat, ChatInfo, Generation};

mod clock;
mod fetch;
mod jar;

pub(crate) use fetch::cache_key;
pub(crate) use jar::OwnJar;

/// What a message is sent with: a chat of the page, with its nonce.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) chat: Chat,
    /// The nonce; [`Chat::nonce`] may be missing or dead.
    pub(crate) nonce: Secret,
    /// Where messages go.
    pub(crate) ajax: Uri,
    /// Where the page lies.
    pub(crate) page: Uri,
    /// The visitor, for whom a v1 site keeps memory and limits.
    pub(crate) client_id: String,
    /// The visitor as a v2 site knows them.
    pub(crate) session_id: String,
    /// The time since 1970.
    pub(crate) now: Duration,
    /// Its number among those of this client.
    pub(crate) number: u64,
}

/// Holds the page of one client: read once for all callers, again before its nonce can have run out, and
/// once more when it was refused.
#[derive(Debug)]
pub(crate) struct Auth {
    page: Uri,
    site: Endpoint,
    ajax: Option<Uri>,
    bot: Option<String>,
    client_id: String,
    session_id: String,
    held: Mutex<Held>,
    /// The readings of the page.
    reads: SingleFlight<Arc<Loaded>>,
}

#[derive(Debug, Default)]
struct Held {
    page: Option<(Arc<Loaded>, Instant)>,
    /// The nonce that the site refused last.
    refused: Option<Secret>,
}

/// A page that was read and understood.
#[derive(Debug)]
struct Loaded {
    chats: Vec<ChatInfo>,
    chat: Chat,
    nonce: Secret,
    ajax: Uri,
    address: Uri,
    number: u64,
}

/// How long a page is good for. A nonce lives 12 to 24 hours, and caches hand out pages that are hours
/// old already.
const PAGE_LIFE: Duration = Duration::from_secs(6 * 60 * 60);

/// Where WordPress takes calls of plugins.
const AJAX_PATH: &str = "wp-admin/admin-ajax.php";

impl Auth {
    /// Checks the settings; reads nothing.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when they cannot work.
    pub(crate) fn new(config: &ChatgptFreeConfig) -> Result<(Self, Arc<OwnJar>)> {
        let site = config::endpoint(config)?;
        let below = |path: &str, what: &str| {
            site.join(path).map_err(|error| {
                Error::new(ErrorKind::Config, format!("path of the {what} is malformed")).with_source(error)
            })
        };
        let page = below(&config.page, "page")?;
        let ajax = config.ajax.as_deref().map(|path| below(path, "calls")).transpose()?;
        let own = Site::of(&page).ok_or_else(|| Error::new(ErrorKind::Config, "base URL has no host"))?;
        let jar = Arc::new(OwnJar::new(own, config.cookies.as_ref())?);
        let auth = Self {
            page,
            site,
            ajax,
            bot: config.bot.clone(),
            // Ten letters or digits, as the plugin's own script makes it.
            client_id: random::uuid().replace('-', "")[..10].to_owned(),
            session_id: random::uuid(),
            held: Mutex::default(),
            reads: SingleFlight::default(),
        };
        Ok((auth, jar))
    }

    /// A grant from the page held, or from the page as it is read now.
    ///
    /// # Errors
    ///
    /// Whatever refuses the page, but never [`Unauthorized`](ErrorKind::Unauthorized);
    /// [`Parse`](ErrorKind::Parse) when it has no chat, or one that lacks something.
    ///
    /// # Cancel safety
    ///
    /// A caller that gives up ends its reading; the next one begins another.
    pub(crate) async fn authorize(&self, transport: &Transport) -> Result<Grant> {
        let loaded = self.loaded(transport).await?;
        Ok(Grant {
            chat: loaded.chat.clone(),
            nonce: loaded.nonce.clone(),
            ajax: loaded.ajax.clone(),
            page: loaded.address.clone(),
            client_id: self.client_id.clone(),
            session_id: self.session_id.clone(),
            now: clock::now(),
            number: loaded.number,
        })
    }

    /// The chats of the page.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    pub(crate) async fn chats(&self, transport: &Transport) -> Result<Vec<ChatInfo>> {
        Ok(self.loaded(transport).await?.chats.clone())
    }

    /// Gives up the page of this number after its nonce was refused; true because the next one is another.
    ///
    /// 0 is the number of a request that was refused before it was made, in a step ahead of it, which gave
    /// the page up itself.
    pub(crate) fn renew(&self, number: u64) -> bool {
        // Another caller may have read the page again already: then theirs is fresh.
        let mut held = self.lock();
        if let Some((loaded, _)) = held.page.take_if(|(loaded, _)| loaded.number == number) {
            held.refused = Some(loaded.nonce.clone());
        }
        true
    }

    /// The generation of the page read last.
    pub(crate) fn generation(&self) -> Option<Generation> {
        self.lock().page.as_ref().map(|(loaded, _)| loaded.chat.generation)
    }

    async fn loaded(&self, transport: &Transport) -> Result<Arc<Loaded>> {
        let read = async |number| {
            let loaded = Arc::new(self.load(transport, number).await?);
            let page = Some((Arc::clone(&loaded), Instant::now() + PAGE_LIFE));
            *self.lock() = Held { page, refused: None };
            Ok(loaded)
        };
        self.reads.get(|| self.held(), read).await
    }

    async fn load(&self, transport: &Transport, number: u64) -> Result<Loaded> {
        let refused = self.lock().refused.clone();
        let fetched = fetch::page(transport, &self.page, refused.is_some()).await?;
        let elements = page::elements(&fetched.html);
        let place = display_address(&fetched.address);
        let chat = page::choose(&elements, self.bot.as_deref(), &place);
        let chat = chat.map_err(|error| fetched.blocked.filter(|_| elements.is_empty()).unwrap_or(error))?;
        let ajax = self.ajax(&chat)?;
        // A page cache that hands the refused nonce out again is asked around, where the site can be.
        let is_dead = |nonce: &Secret| refused.as_ref().is_some_and(|refused| refused.expose() == nonce.expose());
        let nonce = match &chat.nonce {
            Some(nonce) if chat.generation == Generation::V1 || !is_dead(nonce) => nonce.clone(),
            held => {
                let fresh = fetch::nonce(transport, &ajax, &fetched.address, &chat).await?;
                fresh.or_else(|| held.clone()).ok_or_else(|| page::no_nonce(&place))?
            }
        };
        let chats = elements.into_iter().map(|element| element.info).collect();
        Ok(Loaded { chats, nonce, ajax, address: fetched.address, chat, number })
    }

    /// Where messages go: as the settings or the chat say, but never to another origin.
    fn ajax(&self, chat: &Chat) -> Result<Uri> {
        if let Some(ajax) = &self.ajax {
            return Ok(ajax.clone());
        }
        let is_own = |uri: &Uri| Site::of(uri) == Site::of(&self.page);
        if let Some(url) = &chat.ajax_url {
            return match url.parse().ok() {
                Some(uri) if is_own(&uri) => Ok(uri),
                Some(uri) => {
                    let message = format!("the chat sends its messages to {}, another site", display_address(&uri));
                    Err(Error::new(ErrorKind::Unexpected, message))
                }
                None => Err(Error::new(ErrorKind::Parse, "the chat sends its messages to no address")),
            };
        }
        // The page knows where its WordPress lives, unless it believes to be another site.
        let home = chat.home_url.as_deref().and_then(|url| Endpoint::parse(url).ok()?.join(AJAX_PATH).ok());
        home.filter(is_own).map_or_else(|| self.site.join(AJAX_PATH), Ok)
    }

    fn held(&self) -> Option<Arc<Loaded>> {
        let held = self.lock();
        held.page.as_ref().filter(|(_, ends)| Instant::now() < *ends).map(|(loaded, _)| Arc::clone(loaded))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
