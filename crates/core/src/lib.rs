#![doc = include_str!("../README.md")]

mod chunk;
pub mod decode;
mod error;
mod request;
mod response;
mod secret;

pub use chunk::{
    Chunk, Citation, Conversation, End, Ending, FinishReason, Image, Reasoning, TokenUsage, ToolCall,
};
pub use error::{BoxError, Error, ErrorKind, QUOTE_LIMIT, Result, quote};
pub use request::{
    ChatRequest, FileInput, ImageInput, Message, Part, ReasoningEffort, ResponseFormat, Role, Source, Tool, ToolChoice,
};
pub use response::ChatResponse;
pub use secret::Secret;
