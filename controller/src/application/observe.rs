//! From the caches, the desk and the clusters to what one decision about an Application may look at.

use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt;
use sluice_crds::{Application, Violation, violation};
use sluice_gitops::application::fact::Fact;
use sluice_gitops::application::observed::{Home, Homeless, Observed, Seen as Sources};
use sluice_gitops::policies::ENVIRONMENT;
use sluice_gitops::spec::Spec;
use sluice_gitops::{Key as ObjectKey, validate};
use sluice_live::{Api, As, Known, Live, View};
use tokio::time::Instant;

use super::{compare, home, items, rejections, remarks, target, words};
use crate::context::Context;
use crate::destinations::Destination;
use crate::gitops::config::Config;
use crate::key::Key;

/// What came of looking.
pub(super) enum Observation {
    /// All that is needed.
    Whole(Box<Seen>),
    /// The API server was asked, and there is more to ask: the next pass goes on.
    Unfinished,
    /// What it has to be deleted is not known yet. Whoever finds out asks for a pass.
    Waits,
}

/// One Application as it was seen, and what its changes are made with.
pub(super) struct Seen {
    /// The object.
    pub application: Application,
    /// What may be looked at.
    pub observed: Observed,
    /// What a person should know of it beside that.
    pub remarks: Vec<Fact>,
    /// Its cluster, if it can be reached.
    pub way: Option<Way>,
    /// What renders its sources; none, while that is not known.
    pub tools: Vec<String>,
}

/// The way to an Application's cluster.
pub(super) struct Way {
    /// The cluster.
    pub live: Live,
    /// What it serves.
    pub api: Arc<Api>,
    /// What the Application is called in its marks.
    pub instance: String,
    /// What is configured.
    pub config: Arc<Config>,
    /// As whom the cluster is asked and written.
    pub by: As,
}

/// What a look at sources and cluster is made with.
pub(super) struct Looking<'a> {
    pub ctx: &'a Context,
    pub key: &'a Key,
    pub application: &'a Application,
    pub config: Arc<Config>,
    pub spec: &'a Spec,
    pub home: &'a Home,
}

/// What was found in the cluster and in git.
struct Inside {
    way: Way,
    asked: target::Asked,
    view: View,
    target: Sources,
    pinned: Option<Sources>,
}

/// Why the cluster was not seen.
enum Blind {
    /// It is being asked.
    Pending,
    /// It cannot be told.
    Failed(String),
    /// There is more to ask it.
    Unfinished,
}

/// Looks at an Application.
pub(super) async fn application(ctx: &Context, key: &Key, object: &Application) -> Observation {
    let config = ctx.gitops.config();
    let (mut observed, doubts) = of_object(object, &config);
    if observed.words.frozen {
        return whole(object, observed, Vec::new());
    }
    let spec = match observed.spec.clone() {
        Ok(spec) => spec,
        Err(violations) => return homeless(object, observed, vec![violation::in_one_line(&violations)]),
    };
    let (home, destination, of_project) = match home::find(ctx, &config, key, &spec) {
        Ok(found) => found,
        Err(Homeless { why, no_cluster: false }) => return homeless(object, observed, why),
        Err(nowhere) => {
            observed.home = Err(nowhere);
            return whole(object, observed, Vec::new());
        }
    };
    let doubts = remarks::doubts(&doubts, &of_project, &home.project.name);
    let looking = Looking { ctx, key, application: object, config, spec: &spec, home: &home };
    match inside(&looking, &destination).await {
        Ok(inside) => {
            observed.home = Ok(home);
            filled(object, observed, inside, (&spec, doubts))
        }
        Err(Blind::Unfinished) => Observation::Unfinished,
        Err(Blind::Pending) if observed.deleting.is_some() => Observation::Waits,
        Err(Blind::Failed(why)) if observed.deleting.is_some() => homeless(object, observed, vec![why]),
        Err(blind) => {
            if let Blind::Failed(why) = blind {
                observed.target = Sources::Failed(format!("cluster {}: {why}", destination.name));
            }
            observed.home = Ok(home);
            whole(object, observed, doubts)
        }
    }
}

/// What the object itself says, with nothing known around it; and what in it does not mean what it seems to.
fn of_object(object: &Application, config: &Config) -> (Observed, Vec<Violation>) {
    let (spec, doubts) = match validate::spec(&object.spec) {
        Ok((mut spec, mut doubts)) => {
            spec.ignore.extend(config.ignored.rules().cloned());
            let void = config.ignored.void();
            doubts.extend(void.map(|(key, why)| {
                Violation::new(format!("argocd-cm: {key}"), format!("{why}; it counts for nothing"))
            }));
            (Ok(spec), doubts)
        }
        Err(violations) => (Err(violations), Vec::new()),
    };
    let denied = spec.as_ref().ok().and_then(|spec| denied(object, spec, config));
    let observed = Observed {
        name: object.name_any(),
        called: format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any()),
        spec,
        status: object.status.clone().unwrap_or_default(),
        operation: object.operation.clone(),
        deleting: object.metadata.deletion_timestamp.as_ref().map(|time| time.0),
        finalizers: object.finalizers().to_vec(),
        words: words::read(object),
        denied,
        home: Err(Homeless::default()),
        target: Sources::Pending,
        pinned: None,
        namespace: None,
        tracked: Vec::new(),
        orphans: Vec::new(),
        rejections: Vec::new(),
    };
    (observed, doubts)
}

/// The rule by which it does not sync by itself.
fn denied(object: &Application, spec: &Spec, config: &Config) -> Option<String> {
    let environment = object.labels().get(ENVIRONMENT).map(String::as_str);
    config.policies.denies(environment, &spec.project, &object.name_any()).map(str::to_owned)
}

fn whole(object: &Application, observed: Observed, remarks: Vec<Fact>) -> Observation {
    Observation::Whole(Box::new(Seen { application: object.clone(), observed, remarks, way: None, tools: Vec::new() }))
}

/// Nothing can be looked at anew where nothing can be: a request for it is answered by what is wrong.
fn homeless(object: &Application, mut observed: Observed, why: Vec<String>) -> Observation {
    observed.home = Err(Homeless { why, no_cluster: false });
    observed.words.refreshed = words::asks(object);
    whole(object, observed, Vec::new())
}

fn filled(
    object: &Application,
    mut observed: Observed,
    inside: Inside,
    (spec, mut remarks): (&Spec, Vec<Fact>),
) -> Observation {
    let Inside { way, asked, view, target, pinned } = inside;
    remarks.extend(asked.remarks);
    observed.words.refreshed = asked.refreshed;
    observed.namespace = view.named.get(&items::namespace(spec)).cloned();
    observed.rejections = rejections::of(&observed.status, &view.tracked);
    observed.orphans = orphans(&observed, spec, &way);
    (observed.target, observed.pinned) = (target, pinned);
    observed.tracked = view.tracked;
    let application = object.clone();
    let (way, tools) = (Some(way), asked.tools);
    Observation::Whole(Box::new(Seen { application, observed, remarks, way, tools }))
}

/// What belongs to nobody, where the project asks for it. What is not known yet is none.
fn orphans(observed: &Observed, spec: &Spec, way: &Way) -> Vec<ObjectKey> {
    let asks = observed.home.as_ref().is_ok_and(|home| home.project.orphans.is_some());
    let namespace = &spec.destination.namespace;
    if !asks || namespace.is_empty() {
        return Vec::new();
    }
    way.live.orphans(namespace).ready().unwrap_or_default()
}

/// Looks into git and into the cluster.
async fn inside(looking: &Looking<'_>, destination: &Destination) -> Result<Inside, Blind> {
    let live = destination.live.clone().map_err(Blind::Failed)?;
    let way = Way {
        api: known(live.api()).inspect_err(|blind| look_again(looking, blind))?,
        live,
        instance: looking.ctx.gitops.instance(looking.key),
        config: looking.config.clone(),
        by: home::acts_as(looking.home, &looking.config).map_err(Blind::Failed)?,
    };
    looking.ctx.gitops.is_in(looking.key, &destination.server);
    let asked = target::look(looking, &way, destination);
    if let Some(due) = asked.due {
        looking.ctx.queues.applications.add_at(looking.key.clone(), due);
    }
    let wanted = items::wanted(looking, &asked);
    // One that names nothing yet, because its sources cannot be had, has nothing to wait for.
    let names_nothing = wanted.is_empty();
    way.live.want(&way.instance, wanted);
    if let Some(described) = items::described(&asked) {
        way.live.describe(&way.instance, &described);
    }
    let view = if names_nothing { View::default() } else { known(way.live.view(&way.instance))? };
    let compared = compare::both(looking, &way, &view, &asked).await;
    let (target, pinned) = compared.ok_or(Blind::Unfinished)?;
    Ok(Inside { way, asked, view, target, pinned })
}

/// While a cluster does not say what it serves, nothing of it can be wanted, and nobody is told when it does.
fn look_again(looking: &Looking<'_>, blind: &Blind) {
    let wait = if matches!(blind, Blind::Pending) { Duration::from_millis(500) } else { Duration::from_secs(15) };
    looking.ctx.queues.applications.add_at(looking.key.clone(), Instant::now() + wait);
}

fn known<T>(known: Known<T>) -> Result<T, Blind> {
    match known {
        Known::Ready(known) => Ok(known),
        Known::Pending => Err(Blind::Pending),
        Known::Failed(why) => Err(Blind::Failed(why)),
    }
}
