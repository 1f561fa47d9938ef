//! What goes wrong around the controller: process, pods, router, metrics, and people who do what nobody expects.

use std::time::Duration;

use serde_json::{Value, json};
use sluice_crds::names::label;
use sluice_world::actors::prometheus::Answer;
use sluice_world::actors::{Order, Part, Settings, Sickness, Span, Trouble, Whom};
use sluice_world::api::{Sub, catalog};
use sluice_world::ending::{arms, hash, image as version_of};
use sluice_world::scenario::NAMESPACE;
use tokio::time::sleep;

use super::stage::{Stage, image, key};
use crate::fault::Fault;

/// The versions that stories apply: the newest may be another one by the time it is healed.
const NEW: [&str; 3] = ["v2", "v3", "v4"];

/// Does mischief again and again, each for a while, until it is ended.
pub(super) async fn mischief(stage: Stage) {
    loop {
        let wait = 500 + stage.script().below(8000);
        sleep(Duration::from_millis(wait)).await;
        let fault = stage.script().surroundings();
        if let Some(fault) = fault {
            stage.say(&format!("** {fault}"));
            begin(&stage, fault);
            let length = 1 + stage.script().below(20);
            sleep(Duration::from_secs(length)).await;
            heal(&stage, fault);
        }
    }
}

impl Stage {
    /// Ends all mischief, and mends what it left.
    pub(super) fn calm_down(&self) {
        self.script().end();
        self.script().expire();
        for fault in Fault::ALL.iter().copied().filter(|fault| self.script().struck.contains_key(fault)) {
            heal(self, fault);
        }
    }
}

fn begin(stage: &Stage, fault: Fault) {
    let slow = Span::millis(3000, 15_000);
    match fault {
        Fault::Killed => stage.kill(),
        Fault::TwoLeaders => stage.cut_leader(),
        Fault::ClockAhead => stage.machine.set_ahead(3600),
        Fault::ClockBehind => stage.machine.set_ahead(-3600),
        Fault::PodsFlap => {
            let (ready, unready) = (Duration::from_secs(3), Duration::from_secs(2));
            stage.order(Order::Sicken(newest(stage), Sickness::Flapping { ready, unready }));
        }
        Fault::PodsLost => stage.order(Order::Evict(newest(stage), usize::MAX)),
        Fault::PodsSlow => stage.order(Order::Pace(Part::Start, slow)),
        Fault::ReplicaSetsSlow => stage.order(Order::Pace(Part::ReplicaSets, slow)),
        Fault::SlicesLate => stage.order(Order::Pace(Part::Endpoints, slow)),
        Fault::RouterDown => stage.order(Order::Trouble(0, Some(Trouble::Silent))),
        Fault::RouterSlow => stage.order(Order::Pace(Part::Build, slow)),
        Fault::MetricsDown => stage.actors.prometheus().trouble(Some(Answer::Unreachable)),
        Fault::MetricsSlow => stage.actors.prometheus().trouble(Some(Answer::Never)),
        Fault::MetricsEmpty => stage.actors.prometheus().trouble(Some(Answer::Empty)),
        Fault::MetricsNan => stage.actors.prometheus().trouble(Some(Answer::Vector(vec![f64::NAN]))),
        Fault::MetricsError => stage.actors.prometheus().trouble(Some(Answer::Refused(500))),
        Fault::Autoscaled => scale(stage, stage.replicas() + 2),
        Fault::WeightsEdited => stage.weigh(35),
        Fault::SelectorEdited => edit_selector(stage),
        Fault::ReplicaSetScaled => scale_newest(stage),
        Fault::Annotated => annotate(stage),
        _ => {}
    }
}

/// Mends it; what is well stays as it is.
fn heal(stage: &Stage, fault: Fault) {
    let usual = Settings::default();
    match fault {
        Fault::TwoLeaders => stage.mend_lines(),
        Fault::ClockAhead | Fault::ClockBehind => stage.machine.set_ahead(0),
        Fault::PodsFlap => {
            for version in NEW.into_iter().filter(|version| !stage.is_sick(version)) {
                stage.order(Order::Heal(image(version)));
            }
        }
        Fault::PodsSlow => stage.order(Order::Pace(Part::Start, usual.start)),
        Fault::ReplicaSetsSlow => stage.order(Order::Pace(Part::ReplicaSets, usual.replica_sets)),
        Fault::SlicesLate => stage.order(Order::Pace(Part::Endpoints, usual.endpoints)),
        Fault::RouterDown => stage.order(Order::Trouble(0, None)),
        Fault::RouterSlow => stage.order(Order::Pace(Part::Build, usual.build)),
        Fault::MetricsDown | Fault::MetricsSlow | Fault::MetricsEmpty | Fault::MetricsNan | Fault::MetricsError => {
            stage.actors.prometheus().trouble(None);
        }
        Fault::Autoscaled => scale(stage, stage.replicas()),
        _ => {}
    }
}

/// The pods of the version now in the spec. Not of the first one, as people's traffic is on that, nor of one that the story
/// itself has made sick.
fn newest(stage: &Stage) -> Whom {
    let spec = stage.lender().or_else(|| stage.rollout());
    let version = spec.and_then(|object| version_of(&object)).unwrap_or_default();
    if version == "v1" || stage.is_sick(&version) { image("nobody's") } else { image(&version) }
}

fn scale(stage: &Stage, replicas: i64) {
    stage.order(Order::Scale { rollout: key(), replicas, after: Duration::ZERO });
}

fn edit_selector(stage: &Stage) {
    for service in [&*arms(&stage.store).0, "preview"] {
        let patch = json!({"spec": {"selector": {label::POD_TEMPLATE_HASH: null}}});
        // Only one of the two is there.
        let _ = stage.store.merge(&catalog::SERVICE, NAMESPACE, service, Sub::Object, &patch, "kubectl");
    }
}

fn scale_newest(stage: &Stage) {
    let wanted =
        stage.rollout().and_then(|rollout| Some(rollout.pointer("/status/currentPodHash")?.as_str()?.to_owned()));
    let sets = stage.store.list(&catalog::REPLICA_SET, NAMESPACE);
    let Some(set) = sets.iter().find(|set| hash(set) == wanted.as_deref()) else { return };
    // Nobody says how many pods an aborted revision keeps, if it keeps them.
    let kept = "/spec/strategy/canary/abortScaleDownDelaySeconds";
    let keeps = |rollout: &Value| {
        rollout.pointer("/status/abort") == Some(&Value::Bool(true)) || rollout.pointer(kept) == Some(&json!(0))
    };
    if stage.rollout().is_some_and(|rollout| keeps(&rollout)) {
        return;
    }
    let name = set.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let more = set.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default() + 1;
    let patch = json!({"spec": {"replicas": more}});
    let _ = stage.store.merge(&catalog::REPLICA_SET, NAMESPACE, name, Sub::Object, &patch, "kubectl");
}

fn annotate(stage: &Stage) {
    let patch = json!({"metadata": {"annotations": {"noted": stage.store.version().to_string()}}});
    stage.merge(Sub::Object, &patch);
    for set in stage.store.list(&catalog::REPLICA_SET, NAMESPACE) {
        let name = set.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let _ = stage.store.merge(&catalog::REPLICA_SET, NAMESPACE, name, Sub::Object, &patch, "kubectl");
    }
}
