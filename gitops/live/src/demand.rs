//! Which places are watched: those of which somebody wants an object, and no others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep};

use crate::api::{Api, Resource};
use crate::cluster::Cluster;
use crate::known::Known;
use crate::store::{Place, State};
use crate::watch::Watch;

/// How long a place is watched after nobody wants anything of it.
const LINGER: Duration = Duration::from_mins(5);
/// How often that is looked after.
const SWEEP: Duration = Duration::from_mins(1);

/// The watches that run.
struct Watches {
    cluster: Arc<Cluster>,
    tasks: JoinSet<()>,
    running: HashMap<Place, Running>,
}

struct Running {
    resource: Resource,
    task: AbortHandle,
    /// Since when nobody wants anything of it.
    idle: Option<Instant>,
}

/// Starts and ends watches, for ever. They end with it.
pub(crate) async fn run(cluster: Arc<Cluster>) {
    let mut watches = Watches { cluster, tasks: JoinSet::new(), running: HashMap::new() };
    loop {
        watches.fit();
        while watches.tasks.try_join_next().is_some() {}
        tokio::select! {
            () = watches.cluster.demand.notified() => {}
            () = sleep(SWEEP) => {}
        }
    }
}

impl Watches {
    /// Starts what is wanted and not watched, and ends what is watched and not wanted.
    fn fit(&mut self) {
        let cluster = self.cluster.clone();
        let wanted: HashSet<Place> = cluster.store().demand().into_iter().collect();
        self.end(&wanted);
        let api = match cluster.discovery.api() {
            Known::Ready(api) => api,
            Known::Pending => return,
            Known::Failed(why) => {
                for place in &wanted {
                    self.stand(place, State::Failed(why.clone()));
                }
                return;
            }
        };
        let mut is_missing = false;
        for place in wanted {
            match look(&cluster, &api, &place) {
                Look::At(resource) => self.start(place, resource),
                Look::Nothing => self.stop(&place, State::Absent),
                Look::Trouble(why) => self.stop(&place, State::Failed(why)),
                Look::Missing => {
                    is_missing = true;
                    self.stop(&place, State::Absent);
                }
            }
        }
        cluster.discovery.missing(is_missing);
    }

    fn start(&mut self, place: Place, resource: Resource) {
        if let Some(running) = self.running.get_mut(&place) {
            running.idle = None;
            if running.resource == resource {
                return;
            }
            // It is served in another version, or can do something else.
            running.task.abort();
        }
        if !matches!(self.cluster.store().state(&place), Some(State::Ready)) {
            self.stand(&place, State::Listing);
        }
        let watch = Watch::new(self.cluster.clone(), place.clone(), resource.clone());
        let task = self.tasks.spawn(watch.run());
        self.running.insert(place, Running { resource, task, idle: None });
    }

    /// There is nothing to watch.
    fn stop(&mut self, place: &Place, state: State) {
        if let Some(running) = self.running.remove(place) {
            running.task.abort();
            self.cluster.store().forget(place);
        }
        self.stand(place, state);
    }

    fn end(&mut self, wanted: &HashSet<Place>) {
        let now = Instant::now();
        for (place, running) in &mut self.running {
            if !wanted.contains(place) {
                running.idle.get_or_insert(now);
            }
        }
        let is_over = |running: &Running| running.idle.is_some_and(|since| now.duration_since(since) >= LINGER);
        for (place, running) in self.running.extract_if(|_, running| is_over(running)) {
            running.task.abort();
            self.cluster.store().forget(&place);
        }
    }

    fn stand(&self, place: &Place, state: State) {
        let told = self.cluster.store().stand(place, state);
        self.cluster.tell(told);
    }
}

/// What there is to look at.
enum Look {
    At(Resource),
    /// It is not looked at.
    Nothing,
    /// The kind is not served.
    Missing,
    Trouble(String),
}

fn look(cluster: &Cluster, api: &Api, place: &Place) -> Look {
    let settings = &cluster.settings;
    if settings.kinds.excludes(&place.group, &place.kind, &settings.server) {
        return Look::Nothing;
    }
    let Some(resource) = api.resource(&place.group, &place.kind) else {
        return api.trouble(&place.group).map_or(Look::Missing, Look::Trouble);
    };
    match &settings.namespaces {
        Some(_) if !resource.namespaced => {
            if settings.cluster_resources {
                Look::At(resource.clone())
            } else {
                Look::Nothing
            }
        }
        Some(namespaces) if !namespaces.contains(&place.namespace) => Look::Trouble(format!(
            "namespace {:?} is not among those of cluster {}; add it to the `namespaces` of its Secret",
            place.namespace, settings.name
        )),
        _ => Look::At(resource.clone()),
    }
}
