//! What the sources of Applications say, found out beside the passes: fetching and rendering may take a minute, and no pass waits.

mod desk;
mod place;
mod reverts;
mod workshop;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use sluice_crds::ApplicationSource;
use sluice_gitops::application::revert::Revert;
use sluice_gitops::project::{Integrity, Repos};
use sluice_render::credentials::Credentials;
use sluice_render::{Builds, Cluster, Keyring, Kind, RenderError, Rendered};

pub use desk::{Desk, Look, Purpose};
pub use reverts::{Reverts, Taken};
pub use workshop::{Workshops, open};

use crate::fence::{Fence, NotLeading};
use crate::metrics::GitRequests;

/// What is asked of the sources of one Application.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The Application's name.
    pub application: String,
    /// Its project.
    pub project: String,
    /// The namespace that it is deployed to.
    pub namespace: String,
    /// Its sources, in order.
    pub sources: Vec<ApplicationSource>,
    /// Commits and versions to take, one a source; empty means what the sources say.
    pub revisions: Vec<String>,
    /// What charts may ask of the cluster.
    pub cluster: Arc<Cluster>,
    /// All credentials.
    pub credentials: Arc<Credentials>,
    /// The repositories that its project permits.
    pub repos: Repos,
    /// Which commits its project wants signed, and by whom.
    pub integrity: Integrity,
    /// GPG keys that they may be signed by.
    pub keyring: Arc<Keyring>,
    /// How kustomizations are built.
    pub builds: Arc<Builds>,
}

/// A question to the sources of one Application.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked.
    pub wish: Wish,
    /// How old what repositories say of their branches and versions may be.
    pub age: Duration,
    /// The revisions at which the very same was rendered before. If the sources are still there, nothing is to be rendered.
    pub known: Vec<String>,
    /// The time.
    pub now: Timestamp,
}

/// A commit to be taken back in git.
#[derive(Clone, Debug)]
pub struct Undo {
    /// Which, and how.
    pub revert: Revert,
    /// The project of the Application that asks for it.
    pub project: String,
    /// All credentials.
    pub credentials: Arc<Credentials>,
    /// The time.
    pub now: Timestamp,
}

/// Fetches and renders. `None`: the sources are still at the revisions that are known.
pub type Render = Arc<dyn Fn(Ask) -> BoxFuture<'static, Result<Option<Rendered>, RenderError>> + Send + Sync>;
/// Takes a commit back in git, or finds that it is.
pub type TakeBack = Arc<dyn Fn(Undo) -> BoxFuture<'static, Result<(), RenderError>> + Send + Sync>;

/// What reaches repositories.
#[derive(Clone)]
pub struct Hands {
    /// Fetches and renders.
    pub render: Render,
    /// Takes commits back.
    pub take_back: TakeBack,
    /// What they ask of git servers.
    pub requests: GitRequests,
}

impl Hands {
    /// The same, that take nothing back while the fence is closed: what is under way then is given up.
    #[must_use]
    pub fn behind(self, fence: Fence) -> Self {
        let take_back = self.take_back;
        let take_back: TakeBack = Arc::new(move |undo| {
            let (fence, taken) = (fence.clone(), take_back(undo));
            let closed = |closed: NotLeading| RenderError { kind: Kind::Machine, text: closed.to_string() };
            async move { fence.within(taken).await.map_err(closed)? }.boxed()
        });
        Self { take_back, ..self }
    }
}

/// Hands of a process that keeps no Applications.
pub fn none() -> Hands {
    fn nothing<T: Send + 'static>() -> BoxFuture<'static, Result<T, RenderError>> {
        let text = "nothing is fetched here: the controller was started without --gitops".to_owned();
        std::future::ready(Err(RenderError { kind: Kind::Machine, text })).boxed()
    }
    Hands { render: Arc::new(|_| nothing()), take_back: Arc::new(|_| nothing()), requests: GitRequests::default() }
}

impl Wish {
    /// Whether it is the same that is asked, though perhaps of another cluster, with other credentials, options or
    /// permits.
    fn is_same(&self, other: &Self) -> bool {
        self.application == other.application
            && self.project == other.project
            && self.namespace == other.namespace
            && self.sources == other.sources
            && self.revisions == other.revisions
            && self.integrity == other.integrity
            && self.keyring == other.keyring
    }

    /// Whether it is rendered in the same way, with the same credentials.
    fn is_current(&self, other: &Self) -> bool {
        self.renders_alike(other) && Arc::ptr_eq(&self.credentials, &other.credentials)
    }

    /// Whether the same revisions give the same objects.
    fn renders_alike(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.cluster, &other.cluster) || self.cluster == other.cluster)
            && (Arc::ptr_eq(&self.builds, &other.builds) || self.builds == other.builds)
            && self.repos == other.repos
    }
}

#[cfg(test)]
mod tests;
