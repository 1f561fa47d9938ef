//! Who counts the requests to git servers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a git server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GitRequest {
    /// What its branches and tags are.
    LsRemote,
    /// Commits.
    Fetch,
    /// To take a commit.
    Push,
}

impl GitRequest {
    /// A label for metrics: git's own word.
    pub fn label(self) -> &'static str {
        match self {
            Self::LsRemote => "ls-remote",
            Self::Fetch => "fetch",
            Self::Push => "push",
        }
    }
}

type Hears = dyn Fn(&str, GitRequest, Duration) + Send + Sync;

/// Hears of each request to a git server that is over: the repository's address without credentials, what was asked, and how
/// long it took.
#[derive(Clone)]
pub struct Meter(Arc<Hears>);

impl Meter {
    /// One that tells that function.
    pub fn new(hears: impl Fn(&str, GitRequest, Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hears))
    }

    /// Tells it of a request.
    pub fn took(&self, repository: &str, request: GitRequest, time: Duration) {
        (self.0)(repository, request, time);
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(|_, _, _| {})
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meter")
    }
}
