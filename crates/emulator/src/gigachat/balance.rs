//! GET `/balance`: what is left of packages that were paid before.

use super::credentials::Scope;
use super::error::{self, Refusal};
use crate::json::{Object, list};

/// Kinds of use with tokens that are left; answers do not use them up.
const BALANCE: [(&str, u64); 4] =
    [("GigaChat", 900_000), ("GigaChat-Pro", 250_000), ("GigaChat-Max", 50_000), ("embeddings", 5_000_000)];

pub(super) fn answer(scope: Scope) -> Result<String, Refusal> {
    if scope == Scope::Corporate {
        return Err(error::permission_denied());
    }
    let balance = BALANCE.iter().map(|(usage, value)| Object::new().text("usage", usage).plain("value", value).end());
    Ok(Object::new().raw("balance", &list(balance)).end())
}
