//! What is configured: the ConfigMap and the Secret of the notifications, watched by name in the controller's own namespace.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Resource;
use kube::core::NamespaceResourceScope;
use kube_runtime::watcher::{Config as Watch, Event};
use serde::de::DeserializeOwned;
use sluice_crds::violation;
use sluice_notify::config::{Config, Subject};
use sluice_read::Objects;
use tokio::sync::watch;
use tokio::time::{Duration, sleep};
use tracing::{info, warn};

use crate::caches::is_refused;
use crate::context::Context;
use crate::key::Key;

/// What is configured now. Cloning gives the same.
#[derive(Clone)]
pub(crate) struct Configured {
    stored: Arc<Mutex<Stored>>,
    config: Arc<watch::Sender<Option<Arc<Config>>>>,
}

/// The two objects as they are; `None`: not listed yet.
#[derive(Default)]
struct Stored {
    map: Option<BTreeMap<String, String>>,
    secret: Option<BTreeMap<String, Vec<u8>>>,
}

impl Default for Configured {
    fn default() -> Self {
        Self { stored: Arc::default(), config: Arc::new(watch::channel(None).0) }
    }
}

impl Configured {
    /// What is configured; `None` while nobody is told anything: there is no ConfigMap, or it was not read yet.
    pub(crate) fn config(&self) -> Option<Arc<Config>> {
        self.config.borrow().clone()
    }

    /// Whether both objects were looked for, and nothing is configured. What may not be read is not there for anybody.
    pub(crate) fn is_absent(&self) -> bool {
        let stored = self.lock();
        let is_empty = stored.map.as_ref().is_some_and(BTreeMap::is_empty);
        is_empty && stored.secret.as_ref().is_some_and(BTreeMap::is_empty)
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the watches: those of Applications where they are kept.
pub(crate) fn follow(ctx: &Arc<Context>) {
    of_subject(ctx, Subject::Rollout);
    if ctx.options.gitops.gitops {
        of_subject(ctx, Subject::Application);
    }
}

fn of_subject(ctx: &Arc<Context>, subject: Subject) {
    ctx.tasks.spawn(one(ctx.clone(), (subject, subject.config_map()), |stored, map: Option<ConfigMap>| {
        stored.map = Some(map.and_then(|map| map.data).unwrap_or_default());
    }));
    ctx.tasks.spawn(one(ctx.clone(), (subject, subject.secret()), |stored, secret: Option<Secret>| {
        let data = secret.and_then(|secret| secret.data).unwrap_or_default();
        stored.secret = Some(data.into_iter().map(|(key, value)| (key, value.0)).collect());
    }));
}

/// Where the ConfigMap and the Secret are.
pub(super) fn namespace(ctx: &Context, subject: Subject) -> &str {
    match subject {
        Subject::Rollout => &ctx.own.namespace,
        Subject::Application => &ctx.gitops.control,
    }
}

/// Watches the object of that name, for as long as the process runs.
async fn one<K>(ctx: Arc<Context>, (subject, name): (Subject, &'static str), take: fn(&mut Stored, Option<K>))
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let namespace = namespace(&ctx, subject).to_owned();
    let objects = Objects::<K>::namespaced(ctx.client.clone(), &namespace);
    let config = Watch::default().fields(&format!("metadata.name={name}"));
    let mut events = pin!(objects.watch(config));
    let (mut listed, mut failed, mut is_known) = (None, 0_u32, false);
    while let Some(event) = events.next().await {
        let object = match event {
            Ok(Event::Init) => {
                listed = None;
                continue;
            }
            Ok(Event::InitApply(object)) => {
                listed = Some(object);
                continue;
            }
            Ok(Event::InitDone) => listed.take(),
            Ok(Event::Apply(object)) => Some(object),
            Ok(Event::Delete(_)) => None,
            Err(error) => {
                if failed == 0 {
                    let kind = K::kind(&());
                    warn!(%error, "{kind} {name} of namespace {namespace} cannot be read: nobody is notified");
                }
                failed = failed.saturating_add(1);
                if is_refused(&error) && !is_known {
                    is_known = true;
                    take(&mut ctx.notices_of(subject).configured.lock(), None);
                    read(&ctx, subject);
                }
                sleep(Duration::from_secs(1 << failed.min(6))).await;
                continue;
            }
        };
        (failed, is_known) = (0, true);
        take(&mut ctx.notices_of(subject).configured.lock(), object);
        read(&ctx, subject);
    }
}

/// From now on that is configured, and whoever had to wait may be told.
pub(super) fn put(ctx: &Context, subject: Subject, config: Option<Config>) {
    let notices = ctx.notices_of(subject);
    notices.configured.config.send_replace(config.map(Arc::new));
    notices.desks.hurry();
}

/// Reads both, once both were listed. Everybody is looked at again.
fn read(ctx: &Context, subject: Subject) {
    let (configured, name) = (&ctx.notices_of(subject).configured, subject.config_map());
    let config = {
        let stored = configured.lock();
        let (Some(map), Some(secret)) = (&stored.map, &stored.secret) else { return };
        let is_used = !map.is_empty() || !secret.is_empty();
        is_used.then(|| Config::read(subject, map, secret))
    };
    let problems = config.as_ref().map_or(&[][..], |(_, problems)| problems);
    let count = i64::try_from(problems.len()).unwrap_or(i64::MAX);
    ctx.metrics.notices.problems.get_or_create(&[("config_map", name)]).set(count);
    for problem in problems {
        warn!(config_map = name, "{}", violation::in_one_line(std::slice::from_ref(problem)));
    }
    info!(config_map = name, problems = problems.len(), "notifications are configured anew");
    put(ctx, subject, config.map(|(config, _)| config));
    match subject {
        Subject::Rollout => {
            ctx.caches.rollouts.state().iter().for_each(|one| ctx.queues.notices.add(Key::of(&**one)));
        }
        Subject::Application => {
            ctx.caches.applications.state().iter().for_each(|one| ctx.queues.app_notices.add(Key::of(&**one)));
        }
    }
}
