//! One place, watched: a list, then what changes, then a list again when the thread is lost.

pub(crate) mod items;
pub(crate) mod lines;
mod list;
pub(crate) mod peek;
mod poll;
mod trouble;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kube::core::Status;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tracing::debug;

use self::lines::Lines;
use self::peek::{Kind, Peek};
use self::trouble::Trouble;
use crate::api::Resource;
use crate::cluster::Cluster;
use crate::server::{Ask, Failure, next};
use crate::store::{Place, State, Told, Whole};

/// How long a watch lasts before it is begun anew.
const LASTS: Duration = Duration::from_secs(290);
/// How long after its end one that does not end is taken for dead.
const GRACE: Duration = Duration::from_secs(20);
/// How far apart watches begin, if something ends them as soon as they do.
const APART: Duration = Duration::from_secs(1);
/// How long a watch may take to show what was written, at least; at most twice that.
const PATIENCE: Duration = Duration::from_secs(10);

/// The watch of one place.
pub(crate) struct Watch {
    cluster: Arc<Cluster>,
    place: Place,
    resource: Resource,
    kind: Kind,
}

/// Why a watch ended.
enum End {
    /// It lasted as long as it may.
    Closed,
    /// What it began from is too old, or it does not show what was written.
    Lost,
}

impl Watch {
    pub(crate) fn new(cluster: Arc<Cluster>, place: Place, resource: Resource) -> Self {
        let kind = Kind {
            group: resource.group.clone(),
            name: resource.kind.clone(),
            api_version: resource.api_version(resource.version()),
        };
        Self { cluster, place, resource, kind }
    }

    /// Watches until the task is ended. What cannot be watched is read at intervals.
    pub(crate) async fn run(self) {
        let mut trouble = Trouble::new(&self.place);
        if !self.resource.verbs.list || !self.resource.verbs.watch {
            return self.poll(trouble).await;
        }
        loop {
            match self.list().await {
                Ok(version) => {
                    trouble.over();
                    self.follow_from(version, &mut trouble).await;
                }
                Err(failure) => self.pause(&mut trouble, &failure).await,
            }
        }
    }

    /// Follows what changes, watch by watch, until only a new list helps.
    async fn follow_from(&self, mut version: String, trouble: &mut Trouble) {
        let listed = Instant::now();
        while listed.elapsed() < self.cluster.settings.limits.relist {
            let began = Instant::now();
            match self.follow(&mut version, trouble).await {
                Ok(End::Closed) => sleep_until(began + APART).await,
                Ok(End::Lost) => return,
                Err(failure) if failure.code() == 410 => return,
                // What it may not watch it may perhaps not list either: that tells.
                Err(failure) if matches!(failure.code(), 403 | 404) => {
                    self.pause(trouble, &failure).await;
                    return;
                }
                Err(failure) => self.pause(trouble, &failure).await,
            }
        }
    }

    async fn follow(&self, version: &mut String, trouble: &mut Trouble) -> Result<End, Failure> {
        let path = self.path()?;
        let ask = Ask::get(path).query("watch", "1").query("allowWatchBookmarks", "true");
        let ask = ask.query("resourceVersion", version).query("timeoutSeconds", &LASTS.as_secs().to_string());
        let mut body = self.cluster.server.open(ask).await?;
        let mut lines = Lines::new(self.cluster.settings.limits.answer);
        let mut ticks = interval(PATIENCE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let dead = Instant::now() + LASTS + GRACE;
        loop {
            tokio::select! {
                biased;
                piece = next(&mut body) => {
                    let Some(piece) = piece? else { return Ok(End::Closed) };
                    lines.feed(&piece);
                    while let Some(line) = lines.next().transpose()? {
                        self.event(&line, version)?;
                        trouble.over();
                    }
                }
                _ = ticks.tick() => {
                    if self.cluster.store().distrusts(&self.place) {
                        debug!(place = %self.place, "what was written is not shown; listing anew");
                        return Ok(End::Lost);
                    }
                }
                // The API server ends it before; whatever is between us does not say so.
                () = sleep_until(dead) => return Ok(End::Closed),
            }
        }
    }

    /// Takes in an event, and the version from which to go on.
    fn event(&self, line: &[u8], version: &mut String) -> Result<(), Failure> {
        let said = |error: serde_json::Error| Failure::Odd(error.to_string());
        let Type { r#type } = serde_json::from_slice(line).map_err(said)?;
        if r#type == "ERROR" {
            let status: Status = serde_json::from_slice::<About<Status>>(line).map_err(said)?.object;
            return Err(Failure::Said(Box::new(status)));
        }
        let peek = match Peek::read_event(line, &self.kind, &self.cluster.settings.tracking) {
            Ok(peek) => peek,
            Err(error) => {
                // Others are not to suffer for one that cannot be read.
                debug!(place = %self.place, %error, "an object cannot be read");
                return Ok(());
            }
        };
        version.clone_from(&peek.version);
        let whole = || {
            let about: About<Value> = serde_json::from_slice(line).ok()?;
            Some(Whole::of(about.object, &self.kind, &self.cluster.settings.tracking))
        };
        let told = match r#type.as_ref() {
            "BOOKMARK" => Told::new(),
            "DELETED" => self.cluster.store().gone(&self.place, &peek),
            _ => self.cluster.store().take(&self.place, &peek, whole),
        };
        self.cluster.tell(told);
        Ok(())
    }

    /// Says what is wrong, once, and waits a while.
    async fn pause(&self, trouble: &mut Trouble, failure: &Failure) {
        let is_refused = matches!(failure.code(), 403..=405);
        let was_ready = matches!(self.cluster.store().state(&self.place), Some(State::Ready));
        // What was listed is trusted while the API server is away; `reach` says for how long.
        if is_refused || !was_ready {
            let why = trouble::sentence(&self.resource, &self.place, failure, &self.cluster.settings.name);
            let told = self.cluster.store().stand(&self.place, State::Failed(why));
            self.cluster.tell(told);
        }
        if failure.code() == 404 {
            // Its definition is gone.
            self.cluster.discovery.changed();
        }
        let reach = self.cluster.server.reach();
        tokio::select! {
            () = sleep(trouble.met(failure)) => {}
            () = reach.back() => {}
        }
    }

    fn path(&self) -> Result<String, Failure> {
        let path = self.resource.path(self.resource.version(), &self.place.namespace);
        path.map_err(|error| Failure::Odd(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Type<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct About<T> {
    object: T,
}
