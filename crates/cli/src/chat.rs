//! `chatstream chat`: one answer, or a conversation.

mod attachment;
mod dialogue;
mod editor;
mod history;
mod pictures;
mod prompt;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use chatstream::{ChatRequest, ChatResponse, Chunk, Message};
use futures_util::TryStreamExt as _;

use crate::args::ChatArgs;
use crate::failure::Failure;
use crate::provider::Client;
use crate::render::{Form, Renderer, Spinner};
use crate::settings::{self, Environment, Settings};
use history::History;
use pictures::Pictures;
use prompt::Prompt;

/// A chat with all that can be checked checked; nothing was sent.
pub(crate) struct Chat {
    settings: Settings,
    prompt: Prompt,
    history: History,
    /// The first message, which lacks its text.
    opening: Message,
    pictures: Pictures,
    style: Style,
}

/// What all requests of a chat have in common.
struct Style {
    model: Option<String>,
    whole: bool,
    form: Form,
}

impl Chat {
    /// Reads what the flags name: standard input, files, the conversation.
    pub(crate) fn prepare(args: ChatArgs, env: &Environment<'_>) -> Result<Self, Failure> {
        let transport = settings::transport(&args.waits, args.retries);
        let mut settings = Settings::resolve(&args.provider, transport, env)?;
        let mut model = args.model;
        settings.take_bot(&mut model);
        let opening = attachment::read_all(&args.files)?;
        let mut history = match args.conversation {
            Some(path) => History::load(path, settings.provider.as_str())?,
            None => History::new(settings.provider.as_str()),
        };
        let form = if args.json { Form::Json } else { Form::Text };
        let is_seen = cfg!(feature = "inline-images") && form == Form::Text && io::stdout().is_terminal();
        let pictures = Pictures::new(args.save_images, is_seen)?;
        if let Some(text) = args.system {
            history.instruct(text);
        }
        // Last, because it may wait for someone to type.
        let prompt = Prompt::read(args.prompt)?;
        let style = Style { model, whole: args.whole, form };
        Ok(Self { settings, prompt, history, opening, pictures, style })
    }

    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut renderer = Renderer::standard(self.style.form);
        if let Some(notice) = &self.settings.notice {
            renderer.notice(notice);
        }
        let connected = self.settings.connect().await?;
        let mut talk = Talk {
            client: connected.client.clone(),
            spinner: spinner(&renderer, &connected.client, &self.style, connected.provider.as_str()),
            history: self.history,
            pictures: self.pictures,
            style: self.style,
        };
        match self.prompt {
            Prompt::Given(text) => {
                tokio::spawn(end_if_stuck());
                let message = prompt::put_first(text, self.opening);
                one_answer(&mut talk, message, &mut renderer).await
            }
            Prompt::Typed => {
                let mut editor = editor::Editor::new(renderer.screen().stdout)?;
                dialogue::hold(&mut talk, &mut editor, self.opening, &mut renderer).await
            }
        }
    }
}

/// A sign that an answer is waited for, where someone sees it.
fn spinner(renderer: &Renderer<'_>, client: &Client, style: &Style, provider: &str) -> Spinner {
    if !renderer.screen().redraws || style.form == Form::Json {
        return Spinner::hidden();
    }
    let model = style.model.as_deref().unwrap_or_else(|| client.default_model());
    Spinner::new(format!("waiting for {provider}, {model}"))
}

/// Ends the program some time after Ctrl-C: a reader that takes nothing any more blocks the writing
/// of the answer, and with it the usual way out.
async fn end_if_stuck() {
    crate::cancelled().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    std::process::exit(130);
}

/// Asks once.
async fn one_answer(talk: &mut Talk, message: Message, renderer: &mut Renderer<'_>) -> Result<(), Failure> {
    let (response, outcome) = talk.ask(&message, renderer).await;
    match outcome {
        Ok(()) => {
            talk.history.keep(message, &response);
            talk.history.save()?;
            Ok(talk.pictures.outcome()?)
        }
        Err(failure) => {
            // A pipe that is closed stays so, and that is told by the failure.
            let _ = renderer.end_line();
            Err(failure)
        }
    }
}

/// A client and what has been said to it.
struct Talk {
    client: Client,
    spinner: Spinner,
    history: History,
    pictures: Pictures,
    style: Style,
}

impl Talk {
    /// Sends the next message and shows the answer; gives back what arrived of it, whatever happened.
    async fn ask(&mut self, message: &Message, renderer: &mut Renderer<'_>) -> (ChatResponse, Result<(), Failure>) {
        let mut request = self.history.request(message.clone());
        request.model.clone_from(&self.style.model);
        request.whole = self.style.whole;
        let mut response = ChatResponse::default();
        let outcome = tokio::select! {
            biased;
            () = crate::cancelled() => Err(Failure::Cancelled),
            outcome = self.show(request, renderer, &mut response) => outcome,
        };
        if let Err(error) = self.client.keep_session() {
            renderer.notice(&format!("the session is not kept: {error}"));
        }
        (response, outcome)
    }

    async fn show(
        &mut self,
        request: ChatRequest,
        renderer: &mut Renderer<'_>,
        response: &mut ChatResponse,
    ) -> Result<(), Failure> {
        let begun = async {
            let mut chunks = self.client.chat(request).await?;
            let first = chunks.try_next().await?;
            Ok::<_, chatstream::Error>((chunks, first))
        };
        let (mut chunks, mut next) = self.spinner.during(begun).await?;
        let mut end = None;
        while let Some(chunk) = next {
            renderer.chunk(&chunk)?;
            match &chunk {
                Chunk::Images(images) => self.pictures.take(&self.client, images, renderer).await,
                Chunk::End(chunk) => end = Some(chunk.clone()),
                _ => {}
            }
            response.push(chunk);
            next = chunks.try_next().await?;
        }
        if let Some(end) = end {
            renderer.end(&end, &chunks.vitals())?;
        }
        Ok(())
    }
}
