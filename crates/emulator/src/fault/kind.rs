//! What kind of fault each is, where kinds are treated differently.

use super::Fault;

impl Fault {
    /// Whether a client that meets this fault has a failed request, not just an odd one: what `fail-times` counts.
    pub(super) fn is_failure(&self) -> bool {
        self.is_instead()
            || self.is_of_pages()
            || matches!(
                self,
                Self::CutAfter(_)
                    | Self::Stall(_)
                    | Self::KeepAliveStall(_)
                    | Self::Reset(_)
                    | Self::TruncatedBody
                    | Self::ErrorMidStream(_)
                    | Self::NestedErrorMidStream(_)
                    | Self::GarbageLine
                    | Self::ExpiredToken
                    | Self::OauthCode(_)
                    | Self::Oauth429
                    | Self::StreamError(_)
                    | Self::ResponseError(_)
                    | Self::ModelError
                    | Self::DeadNonce
                    | Self::DeadNonceInStream
                    | Self::RefusedNonce
                    | Self::PluginError(_)
                    | Self::Flag(_)
                    | Self::FlagGoesOn(_)
                    | Self::SpokenError(_)
                    | Self::BareError
                    | Self::NullData
                    | Self::ExpiredCacheKey
            )
    }

    /// Whether this replaces the answer, so that nothing else of the request matters.
    pub(super) fn is_instead(&self) -> bool {
        matches!(
            self,
            Self::Hang
                | Self::Status(_)
                | Self::RateLimited
                | Self::RetryAfter(_)
                | Self::RetryAfterMs(_)
                | Self::Error200
                | Self::Html
                | Self::Html403
                | Self::SignedOut
                | Self::SignedOut403
                | Self::BlockedUser
                | Self::BlockedUserNamed
                | Self::AntiBot
                | Self::AntiBot200
                | Self::Challenge
                | Self::Region
                | Self::RateLimit200
                | Self::UsageLimit
                | Self::UnknownAction
                | Self::UnknownAction200
                | Self::Maintenance
                | Self::EmbedNotAvailable
        )
    }

    /// Whether this is a fault of the call that asks for a token.
    pub(super) fn is_of_tokens(&self) -> bool {
        matches!(self, Self::OauthCode(_) | Self::Oauth429)
    }

    /// Whether this is a fault of the pages that browsers see.
    pub(super) fn is_of_pages(&self) -> bool {
        matches!(self, Self::PageCache | Self::PageReply(_))
    }

    /// Whether this is about who may ask.
    pub(super) fn is_of_nonces(&self) -> bool {
        matches!(self, Self::DeadNonce | Self::RefusedNonce)
    }
}
