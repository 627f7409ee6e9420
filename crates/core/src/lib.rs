#![doc = include_str!("../README.md")]

mod call;
mod chunk;
pub mod cookies;
pub mod decode;
pub mod delta;
mod endpoint;
mod error;
mod failure;
mod flight;
mod info;
pub mod lenient;
pub mod prompt;
mod provider;
pub mod random;
mod reader;
mod request;
mod response;
mod retry;
mod secret;
mod shape;
mod stream;
mod transport;

pub use call::fetch;
pub use chunk::{Chunk, Citation, Conversation, End, Ending, FinishReason, Image, Reasoning, TokenUsage, ToolCall};
pub use endpoint::Endpoint;
pub use error::{BoxError, Error, ErrorKind, QUOTE_LIMIT, Result, quote};
pub use failure::{Failure, api_framing, no_json, page_excerpt};
pub use flight::SingleFlight;
pub use info::{RateLimits, ResponseInfo, Vitals};
pub use provider::{Chunks, Outgoing, Parse, Provider};
pub use reader::AnswerReader;
pub use request::{
    ChatRequest, FileInput, ImageInput, Message, Part, ReasoningEffort, ResponseFormat, Role, Source, Tool, ToolChoice,
    Upload, invalid,
};
pub use response::ChatResponse;
pub use retry::Retry;
pub use secret::Secret;
pub use stream::{ChunkStream, RawEvents};
pub use transport::{
    Body, BoxFuture, ClientCertificate, Limits, Proxy, RootCertificates, Roots, Timeouts, Transport, TransportConfig,
    display_address,
};
