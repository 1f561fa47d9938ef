//! What belongs to the Rollouts that somebody looks at. All who look at one share its watches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::{Client, ResourceExt};
use sluice_crds::{AnalysisRun, Experiment, Rollout};
use sluice_orders::own;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::Key;
use super::kept::{Kept, map};
use super::own::{News, Watches};
use crate::view::Seen;

/// How many Rollouts may be followed at the same time.
const MOST: usize = 64;
/// How many of those that one user opened first. On one's own machine all are the same person's.
const EACH: usize = 16;
/// How long one is followed on when nobody looks: its page is opened first, its events a moment later.
const LINGER: Duration = Duration::from_secs(10);
/// How long a page waits for the first lists at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// The Rollouts that are followed.
#[derive(Debug, Default)]
pub struct Follows(Mutex<BTreeMap<Same, Weak<Followed>>>);

/// What is followed together: a Rollout that was made anew may have other selectors, and one that gets a step with an Experiment is
/// followed further.
type Same = (Key, String, bool);

/// Too many Rollouts are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{most} Rollouts are looked at already: close some pages, and try again in {} seconds", LINGER.as_secs())]
pub struct TooMany {
    most: usize,
}

/// One of them, for as long as somebody holds it.
#[derive(Debug)]
pub struct Followed {
    state: Arc<Mutex<State>>,
    changed: watch::Receiver<u64>,
    task: AbortHandle,
    /// Who looked first.
    user: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    replica_sets: Kept<String, ReplicaSet>,
    pods: Kept<String, Pod>,
    runs: Kept<String, AnalysisRun>,
    experiments: Kept<String, Experiment>,
    /// The runs of Experiments by the names that they are watched by; `None` where there is none of that name.
    trials: BTreeMap<String, Option<AnalysisRun>>,
    trouble: Option<String>,
}

impl Follows {
    /// Follows a Rollout for a user, and waits a little until all that belongs to it is known.
    pub async fn follow(
        &self,
        client: &Client,
        key: &Key,
        rollout: &Rollout,
        user: Option<&str>,
    ) -> Result<Arc<Followed>, TooMany> {
        let followed = self.join(client, key, rollout, user)?;
        let mut changed = followed.changes();
        let known = async { while !followed.lock().is_told() && changed.changed().await.is_ok() {} };
        // What is not known by then comes with the page's events.
        let _ = timeout(PATIENCE, known).await;
        Ok(followed)
    }

    fn join(
        &self,
        client: &Client,
        key: &Key,
        rollout: &Rollout,
        user: Option<&str>,
    ) -> Result<Arc<Followed>, TooMany> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = (key.clone(), rollout.uid().unwrap_or_default(), own::has_experiments(rollout));
        if let Some(followed) = all.get(&same).and_then(Weak::upgrade) {
            return Ok(followed);
        }
        all.retain(|_, followed| followed.strong_count() > 0);
        let of_user = all.values().filter_map(Weak::upgrade).filter(|one| one.user.as_deref() == user).count();
        if user.is_some() && of_user >= EACH {
            return Err(TooMany { most: EACH });
        }
        if all.len() >= MOST {
            return Err(TooMany { most: MOST });
        }
        let followed = Arc::new(Followed::start(client.clone(), key, rollout, user));
        all.insert(same, Arc::downgrade(&followed));
        let held = followed.clone();
        tokio::spawn(async move {
            sleep(LINGER).await;
            drop(held);
        });
        Ok(followed)
    }
}

impl Followed {
    fn start(client: Client, key: &Key, rollout: &Rollout, user: Option<&str>) -> Self {
        let (sender, changed) = watch::channel(0);
        let state = Arc::new(Mutex::new(State::default()));
        let watches = Watches::new(client, &key.namespace, rollout);
        let task = tokio::spawn(run(watches, state.clone(), sender)).abort_handle();
        Self { state, changed, task, user: user.map(str::to_owned) }
    }

    /// What is seen of the Rollout now.
    pub fn seen(&self, rollout: Arc<Rollout>) -> Seen {
        let state = self.lock();
        Seen {
            rollout,
            replica_sets: state.replica_sets.is_ready().then(|| state.replica_sets.now().values().cloned().collect()),
            pods: state.pods.is_ready().then(|| state.pods.now().values().cloned().collect()),
            runs: state.runs.is_ready().then(|| state.all_runs().cloned().collect()),
            experiments: state.experiments.now().values().cloned().collect(),
            history: Vec::new(),
            samples: BTreeMap::new(),
        }
    }

    /// What is wrong with its watches, if anything.
    pub fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    /// Whether it knows all that belongs to the Rollout, or why it cannot.
    fn is_told(&self) -> bool {
        let is_listed = self.replica_sets.is_ready() && self.pods.is_ready() && self.runs.is_ready();
        let is_named = own::trials(self.experiments.now().values()).iter().all(|name| self.trials.contains_key(name));
        let is_known = is_listed && self.experiments.is_ready() && is_named;
        is_known || self.trouble.is_some()
    }

    fn take(&mut self, news: News) {
        self.trouble = None;
        match news {
            News::ReplicaSet(event) => self.replica_sets.take(map(event, |one| (one.name_any(), one))),
            News::Pod(event) => self.pods.take(map(event, |one| (one.name_any(), one))),
            News::Run(event) => self.runs.take(map(event, |one| (one.name_any(), one))),
            News::Experiment(event) => self.experiments.take(map(event, |one| (one.name_any(), one))),
            News::Trial(name, run) => drop(self.trials.insert(name, run)),
            News::Trouble(why) => self.trouble = Some(why),
        }
    }

    fn hashes(&self) -> Option<BTreeSet<String>> {
        let hash = |one: &ReplicaSet| own::hash(one).map(str::to_owned);
        self.replica_sets.is_ready().then(|| self.replica_sets.now().values().filter_map(hash).collect())
    }

    /// Those that carry the hash of a revision, and those of its Experiments.
    fn all_runs(&self) -> impl Iterator<Item = &AnalysisRun> {
        self.runs.now().values().chain(self.trials.values().flatten())
    }
}

async fn run(mut watches: Watches, state: Arc<Mutex<State>>, changed: watch::Sender<u64>) {
    loop {
        let news = watches.next().await;
        let (hashes, named) = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.take(news);
            let named = own::trials(state.experiments.now().values());
            state.trials.retain(|name, _| named.contains(name));
            (state.hashes(), named)
        };
        if let Some(hashes) = hashes {
            watches.follow(hashes);
        }
        watches.follow_trials(named);
        changed.send_modify(|version| *version += 1);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::{Request, Response};
    use kube::client::Body;
    use serde_json::{from_value, json};
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn whoever_looks_at_many_rollouts_takes_no_places_of_others() {
        let silent = |_: Request<Body>| std::future::pending::<Result<Response<Body>, Infallible>>();
        let (client, follows) = (Client::new(service_fn(silent), "default"), Follows::default());
        let rollout: Rollout = from_value(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "web"}},
            "strategy": {"canary": {}}}}))
        .unwrap();
        let join = |name: usize, user| follows.join(&client, &Key::new("shop", &name.to_string()), &rollout, user);
        let of_ann: Vec<_> = (0..EACH).map(|name| join(name, Some("ann")).unwrap()).collect();
        let refused = join(EACH, Some("ann")).unwrap_err().to_string();
        assert_eq!(refused, "16 Rollouts are looked at already: close some pages, and try again in 10 seconds");
        assert!(Arc::ptr_eq(&join(0, Some("ann")).unwrap(), &of_ann[0]), "what is followed already costs nothing");
        assert!(join(EACH, Some("bob")).is_ok());
        assert!(join(EACH, Some("ann")).is_ok(), "what somebody else follows neither");
        let at_home = Follows::default();
        let join = |name: usize| at_home.join(&client, &Key::new("shop", &name.to_string()), &rollout, None);
        let all: Vec<_> = (0..MOST).map(|name| join(name).unwrap()).collect();
        assert_eq!(join(MOST).unwrap_err(), TooMany { most: MOST });
        drop(all);
    }
}
