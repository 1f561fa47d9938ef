//! Why something could not be rendered.

use std::fmt::Display;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The Application asks for something that cannot be, whatever the repository says.
    Spec,
    /// The repository, the revision, the folder or the file is not there.
    NotFound,
    /// The repository cannot be reached, or refuses.
    Unreachable,
    /// Something is bigger, deeper or more than is allowed.
    Limit,
    /// It took longer than is allowed.
    TimedOut,
    /// A file leads out of its repository.
    Escape,
    /// A commit is not signed by whom its project trusts.
    Signature,
    /// A manifest cannot be read.
    Manifest,
    /// Helm, Kustomize or jsonnet refuses.
    Tool,
    /// This machine's fault: a full disk, a missing program.
    Machine,
}

impl Kind {
    /// A label for metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::NotFound => "not_found",
            Self::Unreachable => "unreachable",
            Self::Limit => "limit",
            Self::TimedOut => "timed_out",
            Self::Escape => "escape",
            Self::Signature => "signature",
            Self::Manifest => "manifest",
            Self::Tool => "tool",
            Self::Machine => "machine",
        }
    }

    /// Whether trying again may help although neither the Application nor the repository changes.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut | Self::Machine)
    }
}

/// Why something could not be rendered, in words for the Application's condition. Credentials are never in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct RenderError {
    /// What kind of trouble.
    pub kind: Kind,
    /// What was done, what went wrong, and what to do.
    pub text: String,
}

impl RenderError {
    pub(crate) fn new(kind: Kind, text: impl Display) -> Self {
        Self { kind, text: text.to_string() }
    }

    pub(crate) fn spec(text: impl Display) -> Self {
        Self::new(Kind::Spec, text)
    }

    /// The same error with what was being done before its words.
    pub(crate) fn within(mut self, what: impl Display) -> Self {
        self.text = format!("{what}: {}", self.text);
        self
    }
}

/// Says what was being done when this machine failed.
pub(crate) trait OnThisMachine<T> {
    fn on_this_machine(self, what: impl Display) -> Result<T, RenderError>;
}

impl<T> OnThisMachine<T> for std::io::Result<T> {
    fn on_this_machine(self, what: impl Display) -> Result<T, RenderError> {
        self.map_err(|error| RenderError::new(Kind::Machine, format!("{what}: {error}")))
    }
}
