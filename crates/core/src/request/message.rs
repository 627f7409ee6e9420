use bytes::Bytes;

use crate::chunk::ToolCall;

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub content: Vec<Part>,
    /// The speaker's name, where a provider takes one.
    pub name: Option<String>,
    /// The calls an assistant's turn made.
    pub tool_calls: Vec<ToolCall>,
    /// The call that a tool's turn answers.
    pub tool_call_id: Option<String>,
    /// What the assistant thought before it spoke.
    pub reasoning: Option<String>,
}

impl Message {
    /// A turn of this role with no content yet.
    pub fn new(role: Role) -> Self {
        Self { role, content: Vec::new(), name: None, tool_calls: Vec::new(), tool_call_id: None, reasoning: None }
    }

    /// A turn that instructs the model.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System).text(text)
    }

    /// A turn of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User).text(text)
    }

    /// A turn of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant).text(text)
    }

    /// The result of a tool call, under the call's id.
    pub fn tool(tool_call_id: impl Into<String>, result: impl Into<String>) -> Self {
        let mut message = Self::new(Role::Tool).text(result);
        message.tool_call_id = Some(tool_call_id.into());
        message
    }

    /// Adds a piece of text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Part::Text(text.into()));
        self
    }

    /// Adds a picture.
    pub fn image(mut self, image: ImageInput) -> Self {
        self.content.push(Part::Image(image));
        self
    }

    /// Adds a file.
    pub fn file(mut self, file: FileInput) -> Self {
        self.content.push(Part::File(file));
        self
    }

    /// Sets [`name`](Self::name).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a call that the assistant made.
    pub fn tool_call(mut self, call: ToolCall) -> Self {
        self.tool_calls.push(call);
        self
    }

    /// Sets [`reasoning`](Self::reasoning).
    pub fn reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }
}

/// Who speaks in a [`Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

impl Role {
    /// The name in lower case, as most wires spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One piece of a message's content.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// Text, sent as it is.
    Text(String),
    /// A picture the model looks at.
    Image(ImageInput),
    /// A file the model reads.
    File(FileInput),
}

/// A picture in a message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct ImageInput {
    /// Where the picture is.
    pub source: Source,
    /// How closely the model looks, in the provider's words (`auto`, `low`, `high`).
    pub detail: Option<String>,
}

impl ImageInput {
    /// A picture from this source.
    pub fn new(source: Source) -> Self {
        Self { source, detail: None }
    }

    /// A picture at an `http`, `https` or `data` URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::Url(url.into()))
    }

    /// A picture of this media type (`image/png`), carried in the request.
    pub fn data(media_type: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self::new(Source::Data { media_type: media_type.into(), data: data.into() })
    }

    /// Sets [`detail`](Self::detail).
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// A file in a message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct FileInput {
    /// Where the file is.
    pub source: Source,
    /// The file's name.
    pub name: Option<String>,
}

impl FileInput {
    /// A file from this source.
    pub fn new(source: Source) -> Self {
        Self { source, name: None }
    }

    /// A file that was uploaded to the provider before.
    pub fn id(id: impl Into<String>) -> Self {
        Self::new(Source::Id(id.into()))
    }

    /// A file at an `http` or `https` URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::Url(url.into()))
    }

    /// A file of this media type (`text/plain`), carried in the request.
    pub fn data(media_type: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self::new(Source::Data { media_type: media_type.into(), data: data.into() })
    }

    /// Sets [`name`](Self::name).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Where a picture or a file is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// At an address that the provider fetches, or a `data:` URL.
    Url(String),
    /// Here.
    Data {
        /// Its media type: `image/jpeg`.
        media_type: String,
        /// Its bytes.
        data: Bytes,
    },
    /// With the provider already, under this id.
    Id(String),
}

/// A file to put into a provider's store, for messages that name it by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Upload {
    /// Its name.
    pub name: String,
    /// Its media type, by which providers read it: `image/jpeg`.
    pub media_type: String,
    /// Its bytes.
    pub data: Bytes,
}

impl Upload {
    /// A file of this name, media type and content.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), data: data.into() }
    }
}
