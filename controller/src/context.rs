//! What all loops share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, NamespaceResourceScope};
use kube::{Client, Resource};
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_notify::config::Subject;
use tokio::time::Instant;

use crate::breaches::Breaches;
use crate::caches::Caches;
use crate::clock::Clock;
use crate::events::Events;
use crate::expectations::Expectations;
use crate::gitops::Gitops;
use crate::key::{Key, Kind, ObjectId};
use crate::metrics::{LoopName, Metrics};
use crate::notices::Notices;
use crate::observe::Memo;
use crate::observe::router::Routes;
use crate::options::Options;
use crate::queue::Queue;
use crate::surroundings::{Own, Surroundings};
use crate::tasks::Tasks;
use crate::told::Told;
use crate::traces::Traces;
use crate::unwritten::Unwritten;

/// Everything a pass may use.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// What its watches have shown.
    pub caches: Caches,
    /// Keys waiting for a pass.
    pub queues: Queues,
    /// The time.
    pub clock: Clock,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
    /// Kubernetes events.
    pub events: Events,
    /// When analyses broke, until their Rollout is seen at weight 0.
    pub breaches: Breaches,
    /// What was said of rollback policies.
    pub policies_told: Told,
    /// Good forms of rollback policies.
    pub policies_good: crate::policy::Good,
    /// Who is told of Rollouts.
    pub notices: Notices,
    /// Who is told of Applications.
    pub app_notices: Notices,
    /// Where notices are sent.
    pub notify: sluice_notify::send::Clients,
    /// Releases as traces.
    pub traces: Traces,
    /// What of Rollouts' statuses is not written yet.
    pub unwritten: Unwritten,
    /// Which routers were seen to do what they were told.
    pub routes: Routes,
    /// What the passes over Applications share.
    pub gitops: Gitops,
    /// What was worked out of objects that have not changed since.
    pub worked: Memo,
    /// The command line.
    pub options: Options,
    /// The one namespace to mind, if not all.
    pub namespace: Option<String>,
    /// Where measurements are taken.
    pub measure: Clients,
    /// Where metrics are measured that do not say it themselves.
    pub prometheus: Defaults,
    /// What is the controller's own.
    pub own: Own,
    /// All that runs.
    pub tasks: Tasks,
    expectations: Mutex<Expectations>,
}

/// The queue of each loop. Cloning gives the same queues.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    /// Rollouts.
    pub rollouts: Arc<Queue<Key>>,
    /// AnalysisRuns.
    pub analysis_runs: Arc<Queue<Key>>,
    /// Experiments.
    pub experiments: Arc<Queue<Key>>,
    /// Applications.
    pub applications: Arc<Queue<Key>>,
    /// Rollback policies.
    pub policies: Arc<Queue<Key>>,
    /// Rollouts, for whoever is to hear of them.
    pub notices: Arc<Queue<Key>>,
    /// Applications, likewise.
    pub app_notices: Arc<Queue<Key>>,
}

impl Queues {
    /// Which loop stands still for that long, and how.
    pub fn still(&self, long: Duration) -> Option<String> {
        let all = [
            (LoopName::Rollout, &self.rollouts),
            (LoopName::AnalysisRun, &self.analysis_runs),
            (LoopName::Experiment, &self.experiments),
            (LoopName::Application, &self.applications),
            (LoopName::Policy, &self.policies),
            (LoopName::Notice, &self.notices),
            (LoopName::AppNotice, &self.app_notices),
        ];
        all.into_iter().find_map(|(name, queue)| Some(format!("loop {}: {}", name.as_str(), queue.still(long)?)))
    }
}

impl Context {
    /// Objects of a kind in that namespace, kept as they are: what another version wrote in them is not lost by a decoder.
    pub(crate) fn untyped<K>(&self, namespace: &str) -> Api<DynamicObject>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced_with(self.client.clone(), namespace, &ApiResource::erase::<K>(&()))
    }

    /// A context with empty queues, and nothing expected.
    pub fn new(surroundings: Surroundings, caches: Caches, options: Options) -> Self {
        let (queues, tasks) = (Queues::default(), Tasks::default());
        let gitops = Gitops::new(&surroundings, &options.gitops, &queues, &tasks);
        let Surroundings {
            client,
            requests,
            sources,
            clock,
            measure,
            prometheus,
            own,
            routers,
            identity,
            namespace,
            ..
        } = surroundings;
        let metrics = Arc::new(Metrics::new((&caches, &queues, &gitops.destinations), (&requests, &sources.requests)));
        let events = Events::start(&tasks, client.clone(), clock.clone(), &identity, metrics.clone());
        Self {
            client,
            caches,
            queues,
            clock,
            metrics,
            events,
            breaches: Breaches::default(),
            policies_told: Told::default(),
            policies_good: crate::policy::Good::default(),
            notices: Notices::new(Subject::Rollout),
            app_notices: Notices::new(Subject::Application),
            notify: surroundings.notify,
            traces: Traces::default(),
            unwritten: Unwritten::default(),
            routes: Routes::new(routers),
            gitops,
            worked: Memo::default(),
            options,
            namespace,
            measure,
            prometheus,
            own,
            tasks,
            expectations: Mutex::default(),
        }
    }

    /// Who is told of which objects.
    pub(crate) fn notices_of(&self, subject: Subject) -> &Notices {
        match subject {
            Subject::Rollout => &self.notices,
            Subject::Application => &self.app_notices,
        }
    }

    /// Notes that the pass of `owner` wrote `object`, as the API server answered: the owner's next pass waits until
    /// the cache has it.
    pub fn wrote(&self, owner: &ObjectId, kind: Kind, object: &impl Resource) {
        if let Some(version) = &object.meta().resource_version {
            self.expectations().wrote(owner, kind, version, Instant::now());
        }
    }

    /// Notes that the pass of `owner` deleted the object of that uid: the owner's next pass waits until the cache
    /// lacks it.
    pub fn deleted(&self, owner: &ObjectId, object: ObjectId, uid: &str) {
        // Under the lock from look to note: the watch takes the object out of the cache before it asks for the lock.
        let mut expectations = self.expectations();
        if self.caches.uid(object.kind, &object.key).as_deref() == Some(uid) {
            expectations.deleted(owner, object, uid.to_owned(), Instant::now());
        }
    }

    pub(crate) fn expectations(&self) -> MutexGuard<'_, Expectations> {
        self.expectations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
