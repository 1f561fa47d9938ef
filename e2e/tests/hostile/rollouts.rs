//! Every field of a Rollout.

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};
use serde_json::{Value, json};
use sluice_crds::{Condition, RolloutStatus};
use sluice_e2e::harness::Scene;
use sluice_e2e::hostile::leaf::{Leaf, leaves};
use sluice_e2e::hostile::meaning::acted_on;
use sluice_e2e::hostile::trial::{Trial, Verdict, trials, unsupported};

use crate::board::Board;
use crate::home::Home;
use crate::named::{names, short};
use crate::tally::{Outcome, Tally};
use crate::{home, neighbour, selectors, stage};

/// So many fields are abused at once, each in a Rollout of its own.
const AT_ONCE: usize = 24;

pub(crate) async fn abuse(scene: Scene) -> Result<()> {
    stage::controller(&scene).await?;
    stage::named_things(&scene).await?;
    let [definition, ..] = sluice_crds::definitions();
    let all = leaves(&definition, "spec");
    let api = stage::api(&scene, "Rollout");
    let board = Board::of(api.clone());
    let tally = Tally::default();
    let field = |(number, leaf): (usize, Leaf)| {
        let (scene, api, board, tally) = (&scene, &api, &board, &tally);
        async move {
            let name = format!("r{number}");
            let abused = if leaf.path.to_string().starts_with("spec.selector") {
                selectors::field(api, board, tally, &name, &leaf).await
            } else {
                Field { scene, api, board, tally, name, leaf: &leaf }.abuse().await
            };
            if let Err(error) = abused {
                tally.miss(format!("{}: {error:#}", leaf.path));
            }
            tally.leaf();
        }
    };
    let fields = async {
        stream::iter(all.into_iter().enumerate()).map(field).buffer_unordered(AT_ONCE).collect::<()>().await;
        tally.conclude("Rollout", 1_000)
    };
    neighbour::beside(&scene, &board, fields).await?;
    stage::no_panic(&scene).await
}

/// One field, in a Rollout of its own.
struct Field<'a> {
    scene: &'a Scene,
    api: &'a Api<DynamicObject>,
    board: &'a Board,
    tally: &'a Tally,
    name: String,
    leaf: &'a Leaf,
}

impl Field<'_> {
    async fn abuse(&self) -> Result<()> {
        let Home { mut spec, beside } = home::of(&self.name, self.leaf);
        for object in &beside {
            self.scene.apply(object).await?;
        }
        let hash = install(self.api, self.board, &self.name, &spec).await?;
        let pods = self.pods(&hash).await?;
        for trial in self.trials(&spec) {
            self.attempt(&spec, &trial, &hash).await?;
        }
        if !RESCALED.contains(&self.leaf.path.to_string().as_str()) {
            ensure!(self.pods(&hash).await? == pods, "a pod was replaced");
        }
        spec["template"]["spec"]["containers"][0]["image"] = json!("sluice-demo/app:v2");
        release(self.api, self.board, &self.name, &spec, &hash).await.context("a release after it all")?;
        self.api.delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }

    fn trials(&self, home: &Value) -> Vec<Trial> {
        let mut all = if acted_on(self.leaf) { trials(self.leaf) } else { unsupported(self.leaf) };
        if self.leaf.path.get(&json!({"spec": home})).is_some() {
            all.push(Trial { value: None, verdict: Verdict::Either });
        }
        all
    }

    /// Puts the value in, looks what comes of it, and puts the field back.
    async fn attempt(&self, home: &Value, trial: &Trial, hash: &str) -> Result<()> {
        let hostile = home::with(home, &self.name, self.leaf, trial.value.as_ref());
        let what = || format!("{} = {}", self.leaf.path, short(trial.value.as_ref()));
        match stage::replace(self.api, &self.name, &hostile).await {
            Ok(object) => {
                let status = observed(self.board, &self.name, generation(&object)).await.with_context(what)?;
                self.judge(trial, &status, &what());
            }
            Err(error) => {
                let words = stage::refusal(&error).map(str::to_owned).context(error).with_context(what)?;
                self.refused(trial, &words, &what());
                return Ok(());
            }
        }
        let object = stage::replace(self.api, &self.name, home).await.with_context(what)?;
        match healthy(self.board, &self.name, generation(&object), |stable| stable == hash).await {
            Ok(_) => self.tally.recovered(),
            Err(why) => {
                self.tally.lost(format!("{}: does not recover: {why:#}", what()));
                anyhow::bail!("given up after that");
            }
        }
        Ok(())
    }

    fn refused(&self, trial: &Trial, words: &str, what: &str) {
        self.tally.came_to(Outcome::Refused);
        if trial.verdict == Verdict::Good {
            self.tally.miss(format!("{what}: refused although it is good: {words}"));
        } else if !names(words, &self.leaf.path, "") {
            self.tally.miss(format!("{what}: refused without its field: {words}"));
        }
    }

    fn judge(&self, trial: &Trial, status: &RolloutStatus, what: &str) {
        if let Some(words) = told(status) {
            self.tally.came_to(Outcome::Reported);
            if trial.verdict == Verdict::Good {
                self.tally.miss(format!("{what}: reported although it is good: {words}"));
            } else if !names(&words, &self.leaf.path, "") {
                self.tally.miss(format!("{what}: reported without its field: {}", short(Some(&json!(words)))));
            }
        } else {
            self.tally.came_to(Outcome::Accepted);
            if trial.verdict == Verdict::Bad && !holds_for(self.leaf, status) {
                self.tally.miss(format!("{what}: ignored without a word"));
            }
        }
    }

    /// The uids of the pods of a revision.
    async fn pods(&self, hash: &str) -> Result<Vec<String>> {
        let api: Api<Pod> = self.scene.api();
        let labels = format!("app={},rollouts-pod-template-hash={hash}", self.name);
        let pods = api.list(&ListParams::default().labels(&labels)).await?.items;
        let mut uids: Vec<_> = pods.iter().filter_map(ResourceExt::uid).collect();
        uids.sort();
        Ok(uids)
    }
}

/// Fields whose values ask for other pods.
const RESCALED: [&str; 2] = ["spec.replicas", "spec.template"];

/// An object of a router that is not there may come: a release waits for it, and says so.
fn holds_for(leaf: &Leaf, status: &RolloutStatus) -> bool {
    let (message, path) = (status.message.as_deref().unwrap_or_default(), leaf.path.to_string());
    path.ends_with("weightedTraefikServiceName") && message.contains("TraefikService")
        || path.contains("gatewayAPI") && message.contains("Route \"")
}

/// What the controller says is wrong with the spec: what it found itself, or what the API server says of the ReplicaSet.
pub(crate) fn told(status: &RolloutStatus) -> Option<String> {
    let says =
        |condition: &&Condition| condition.r#type == "InvalidSpec" || condition.reason == "ReplicaSetCreateError";
    let condition = status.conditions.iter().find(says);
    condition.map(|condition| condition.message.clone())
}

/// Makes a Rollout and waits for its first release; its hash.
pub(crate) async fn install(api: &Api<DynamicObject>, board: &Board, name: &str, spec: &Value) -> Result<String> {
    let object = rollout(name, spec)?;
    let made = api.create(&PostParams::default(), &object).await.with_context(|| format!("create {name}"))?;
    healthy(board, name, generation(&made), |_| true).await.with_context(|| format!("install {name}"))
}

/// A Rollout of that spec.
pub(crate) fn rollout(name: &str, spec: &Value) -> Result<DynamicObject> {
    let object =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": name}, "spec": spec});
    serde_json::from_value(object).context("read the Rollout")
}

/// Changes a Rollout to another revision than `old`, and waits until that is out; its hash.
pub(crate) async fn release(
    api: &Api<DynamicObject>,
    board: &Board,
    name: &str,
    spec: &Value,
    old: &str,
) -> Result<String> {
    let object = stage::replace(api, name, spec).await?;
    healthy(board, name, generation(&object), |stable| stable != old).await
}

/// Waits until the status is about that generation.
pub(crate) async fn observed(board: &Board, name: &str, generation: i64) -> Result<RolloutStatus> {
    let seen = |status: &RolloutStatus| has_seen(status, generation);
    until(board, name, seen).await.context("the generation is not observed")
}

/// Waits until the Rollout is healthy at a stable revision as wanted; its hash.
pub(crate) async fn healthy(
    board: &Board,
    name: &str,
    generation: i64,
    stable: impl Fn(&str) -> bool,
) -> Result<String> {
    let well = |status: &RolloutStatus| {
        let settled = status.stable_rs.as_deref().is_some_and(&stable) && status.stable_rs == status.current_pod_hash;
        has_seen(status, generation)
            && status.phase == sluice_crds::RolloutPhase::Healthy
            && settled
            && told(status).is_none()
    };
    let status = until(board, name, well).await.context("it does not get healthy")?;
    Ok(status.stable_rs.unwrap_or_default())
}

async fn until(board: &Board, name: &str, wanted: impl Fn(&RolloutStatus) -> bool) -> Result<RolloutStatus> {
    let last = board.until(name, |object| status(object).filter(&wanted)).await;
    last.map_err(|object| {
        anyhow::anyhow!("{name} {:?}: {}", object.metadata.generation, short(object.data.get("status")))
    })
}

fn has_seen(status: &RolloutStatus, generation: i64) -> bool {
    let seen = status.observed_generation.as_deref().and_then(|seen| seen.parse::<i64>().ok());
    seen.is_some_and(|seen| seen >= generation)
}

fn status(object: &DynamicObject) -> Option<RolloutStatus> {
    serde_json::from_value(object.data.get("status")?.clone()).ok()
}

pub(crate) fn generation(object: &DynamicObject) -> i64 {
    object.metadata.generation.unwrap_or_default()
}
