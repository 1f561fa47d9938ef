//! Why a cluster was not read or written.

/// Why an object was not read or written. Never quotes what is in a Secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The API server does not serve the kind, or not in that version.
    #[error("{0}")]
    UnknownKind(String),
    /// It may not be done: what the API server says, and what to grant.
    #[error("{0}")]
    Forbidden(String),
    /// The API server, a webhook or a rule of this crate refuses the object as it is. Trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// The object changed in the meantime. The next pass looks anew.
    #[error("{0}")]
    Conflict(String),
    /// The API server could not be asked, or not now. Trying again may help.
    #[error("{0}")]
    Unreachable(String),
}

impl WriteError {
    /// Whether the same may succeed a little later, with nothing done about it.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Unreachable(_))
    }

    /// A name for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::UnknownKind(_) => "unknown_kind",
            Self::Forbidden(_) => "forbidden",
            Self::Refused(_) => "refused",
            Self::Conflict(_) => "conflict",
            Self::Unreachable(_) => "unreachable",
        }
    }
}
