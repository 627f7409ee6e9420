#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
pub mod blocking;
mod providers;

#[cfg(feature = "chatgptfree")]
pub use chatstream_chatgptfree as chatgptfree;
/// All of core, for whoever writes a provider of their own.
pub use chatstream_core as core;
pub use chatstream_core::{
    BoxError, BoxFuture, ChatRequest, ChatResponse, Chunk, ChunkStream, Citation, ClientCertificate, Conversation, End,
    Ending, Error, ErrorKind, FileInput, FinishReason, Image, ImageInput, Limits, Message, Part, Provider, Proxy,
    RateLimits, RawEvents, Reasoning, ReasoningEffort, ResponseFormat, ResponseInfo, Result, Retry, Role,
    RootCertificates, Roots, Secret, Source, Timeouts, TokenUsage, Tool, ToolCall, ToolChoice, Transport,
    TransportConfig, Vitals,
};
#[cfg(feature = "gigachat")]
pub use chatstream_gigachat as gigachat;
#[cfg(feature = "grok")]
pub use chatstream_grok as grok;
#[cfg(feature = "xai")]
pub use chatstream_xai as xai;
pub use providers::{PROVIDERS, from_env};
