//! What a session may see and do.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, future, stream};
use tokio::time::Instant;

use super::review::Question;
use super::reviews::Reviews;
use super::sessions::Session;
use crate::kind::Kind;
use crate::watch::Key;

/// What of the list may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All of it.
    All,
    /// What is in these namespaces.
    Namespaces {
        /// Their names.
        seen: BTreeSet<String>,
        /// Whether there were too many to ask about all of them.
        is_cut: bool,
    },
}

/// What may be seen of one Rollout, and done to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "six answers, each by itself")]
pub(crate) struct Rights {
    /// The Rollout itself.
    pub(crate) rollout: bool,
    /// Its ReplicaSets.
    pub(crate) replica_sets: bool,
    /// Their pods.
    pub(crate) pods: bool,
    /// Its AnalysisRuns.
    pub(crate) runs: bool,
    /// Orders about its release, which are written into its status.
    pub(crate) order: bool,
    /// Orders about what is to run, which are written into its spec.
    pub(crate) edit: bool,
}

/// How many reviews are under way for one page.
const AT_ONCE: usize = 8;
/// The most namespaces that are asked about one by one.
pub(crate) const NAMESPACES: usize = 1000;

impl Sight {
    /// Whether a namespace is in it.
    pub(crate) fn has(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Namespaces { seen, .. } => seen.contains(namespace),
        }
    }
}

/// Which of these namespaces' objects of a kind the session may list. Of very many the first are asked about.
pub(crate) async fn sight(
    reviews: &Reviews,
    session: &Session,
    kind: Kind,
    namespaces: impl IntoIterator<Item = String, IntoIter: ExactSizeIterator>,
    now: Instant,
) -> kube::Result<Sight> {
    let _turn = session.turn().await;
    let list = |namespace: String| Question { namespace, ..question("list", "argoproj.io", kind.resource()) };
    if session.may_look(reviews, list(String::new()), now).await? {
        return Ok(Sight::All);
    }
    let namespaces = namespaces.into_iter();
    let is_cut = namespaces.len() > NAMESPACES;
    let asked = stream::iter(namespaces.take(NAMESPACES)).map(|namespace| async move {
        let may = session.may_list(reviews, list(namespace.clone()), now).await?;
        Ok::<_, kube::Error>(may.then_some(namespace))
    });
    let seen = asked.buffer_unordered(AT_ONCE).try_filter_map(future::ok).try_collect().await?;
    Ok(Sight::Namespaces { seen, is_cut })
}

/// What the session may see of a Rollout, and do to it. Whoever may not see it may do nothing.
pub(crate) async fn rights(reviews: &Reviews, session: &Session, key: &Key) -> kube::Result<Rights> {
    let now = Instant::now();
    let may = |question: Question| session.may_look(reviews, question, now);
    let of = |verb, part| of(Kind::Rollout, key, verb, part);
    if !may(of("get", "")).await? {
        return Ok(Rights::default());
    }
    let list = |group, resource| Question { namespace: key.namespace.clone(), ..question("list", group, resource) };
    let (replica_sets, pods, runs, order, edit) = future::try_join5(
        may(list("apps", "replicasets")),
        may(list("", "pods")),
        may(list("argoproj.io", "analysisruns")),
        may(of("patch", "status")),
        may(of("patch", "")),
    )
    .await?;
    Ok(Rights { rollout: true, replica_sets, pods, runs, order, edit })
}

impl Question {
    /// May a write be made to an object, or to a part of it.
    pub(crate) fn write(kind: Kind, key: &Key, part: &'static str) -> Self {
        of(kind, key, "patch", part)
    }

    /// May an object be seen.
    pub(crate) fn read(kind: Kind, key: &Key) -> Self {
        of(kind, key, "get", "")
    }
}

fn of(kind: Kind, key: &Key, verb: &'static str, part: &'static str) -> Question {
    let (namespace, name) = (key.namespace.clone(), key.name.clone());
    Question { part, namespace, name, ..question(verb, "argoproj.io", kind.resource()) }
}

fn question(verb: &'static str, group: &'static str, resource: &'static str) -> Question {
    Question { verb, group, resource, part: "", namespace: String::new(), name: String::new() }
}
