//! Every field of an AnalysisTemplate and of a ClusterAnalysisTemplate, as a Rollout that uses it sees them.

use anyhow::{Context, Result};
use futures::{StreamExt, stream};
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::hostile::leaf::{Leaf, leaves};
use sluice_e2e::hostile::meaning::acted_on;
use sluice_e2e::hostile::path::complete;
use sluice_e2e::hostile::trial::{Trial, Verdict, trials, unsupported};

use crate::board::Board;
use crate::named::{names, short};
use crate::rollouts::{generation, healthy, install, observed, release, told};
use crate::tally::{Outcome, Tally};
use crate::{home, neighbour, stage};

const AT_ONCE: usize = 20;

pub(crate) async fn abuse(scene: Scene) -> Result<()> {
    let api = stage::api(&scene, "AnalysisTemplate");
    abuse_kind(scene, "AnalysisTemplate", api).await
}

pub(crate) async fn abuse_cluster(scene: Scene) -> Result<()> {
    let api = stage::cluster_api(&scene, "ClusterAnalysisTemplate");
    abuse_kind(scene, "ClusterAnalysisTemplate", api).await
}

async fn abuse_kind(scene: Scene, kind: &str, templates: Api<DynamicObject>) -> Result<()> {
    stage::controller(&scene).await?;
    stage::named_things(&scene).await?;
    let definitions = sluice_crds::definitions();
    let definition =
        definitions.iter().find(|definition| definition.spec.names.kind == kind).context("no such kind")?;
    let rollouts = stage::api(&scene, "Rollout");
    let board = Board::of(rollouts.clone());
    let tally = Tally::default();
    let spec = stage::template_spec().await?;
    let field = |(number, leaf): (usize, Leaf)| {
        let (templates, rollouts, board, tally, spec) = (&templates, &rollouts, &board, &tally, &spec);
        async move {
            let name = format!("t{number}");
            let field = Field { templates, rollouts, board, tally, kind, name, leaf: &leaf, home: spec };
            if let Err(error) = field.abuse().await {
                tally.miss(format!("{kind} {}: {error:#}", leaf.path));
            }
            tally.leaf();
        }
    };
    let fields = async {
        let all = leaves(definition, "spec").into_iter().enumerate();
        stream::iter(all).map(field).buffer_unordered(AT_ONCE).collect::<()>().await;
        tally.conclude(kind, 1_000)
    };
    neighbour::beside(&scene, &board, fields).await?;
    stage::no_panic(&scene).await
}

/// One field, in a template and with a Rollout of its own.
struct Field<'a> {
    templates: &'a Api<DynamicObject>,
    rollouts: &'a Api<DynamicObject>,
    board: &'a Board,
    tally: &'a Tally,
    kind: &'a str,
    name: String,
    leaf: &'a Leaf,
    home: &'a Value,
}

impl Field<'_> {
    async fn abuse(&self) -> Result<()> {
        let template = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": self.kind, "metadata": {"name": self.name}, "spec": self.home});
        self.templates.create(&PostParams::default(), &serde_json::from_value(template)?).await?;
        let mut user = home::plain(&self.name).spec;
        let named = json!({"templateName": self.name, "clusterScope": self.kind.starts_with("Cluster")});
        user["strategy"]["canary"]["analysis"] = json!({"templates": [named]});
        let hash = install(self.rollouts, self.board, &self.name, &user).await?;
        let mut all = if acted_on(self.leaf) { trials(self.leaf) } else { unsupported(self.leaf) };
        if LATER.iter().any(|part| self.leaf.path.to_string().contains(part)) {
            for trial in all.iter_mut().filter(|trial| trial.verdict == Verdict::Good || is_text(trial)) {
                trial.verdict = Verdict::Either;
            }
        }
        for trial in all {
            self.attempt(&mut user, &trial, &hash).await?;
        }
        user["template"]["spec"]["containers"][0]["image"] = json!("sluice-demo/app:v2");
        release(self.rollouts, self.board, &self.name, &user, &hash).await.context("a release after it all")?;
        self.rollouts.delete(&self.name, &DeleteParams::default()).await?;
        self.templates.delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }

    async fn attempt(&self, user: &mut Value, trial: &Trial, hash: &str) -> Result<()> {
        let hostile = with(self.home, self.leaf, trial.value.as_ref());
        let what = format!("{} {} = {}", self.kind, self.leaf.path, short(trial.value.as_ref()));
        if let Err(error) = stage::replace(self.templates, &self.name, &hostile).await {
            let words = stage::refusal(&error).map(str::to_owned).context(error).context(what.clone())?;
            self.refused(trial, &words, &what);
            return Ok(());
        }
        self.judge(trial, self.reported(trial, user).await.with_context(|| what.clone())?, &what);
        stage::replace(self.templates, &self.name, self.home).await?;
        let touched = self.touch(user).await?;
        match healthy(self.board, &self.name, touched, |stable| stable == hash).await {
            Ok(_) => self.tally.recovered(),
            Err(why) => {
                self.tally.lost(format!("{what}: does not recover: {why:#}"));
                anyhow::bail!("given up after that");
            }
        }
        Ok(())
    }

    /// What the Rollout says of the template now. A bad value must come to be reported; for others the Rollout is
    /// changed a little, so that it is seen to have been looked at.
    async fn reported(&self, trial: &Trial, user: &mut Value) -> Result<Option<String>> {
        if trial.verdict == Verdict::Bad {
            let words = self
                .board
                .until(&self.name, |object| told(&serde_json::from_value(object.data.get("status")?.clone()).ok()?));
            return Ok(words.await.ok());
        }
        let touched = self.touch(user).await?;
        Ok(told(&observed(self.board, &self.name, touched).await?))
    }

    async fn touch(&self, user: &mut Value) -> Result<i64> {
        let limit = user["revisionHistoryLimit"].as_i64().unwrap_or_default();
        user["revisionHistoryLimit"] = json!(5 - limit);
        Ok(generation(&stage::replace(self.rollouts, &self.name, user).await?))
    }

    fn refused(&self, trial: &Trial, words: &str, what: &str) {
        self.tally.came_to(Outcome::Refused);
        if trial.verdict == Verdict::Good {
            self.tally.miss(format!("{what}: refused although it is good: {words}"));
        } else if !names(words, &self.leaf.path, "") {
            self.tally.miss(format!("{what}: refused without its field: {words}"));
        }
    }

    fn judge(&self, trial: &Trial, words: Option<String>, what: &str) {
        self.tally.came_to(if words.is_some() { Outcome::Reported } else { Outcome::Accepted });
        match words {
            Some(words) if trial.verdict == Verdict::Good => {
                self.tally.miss(format!("{what}: reported although it is good: {words}"));
            }
            Some(words) if !names(&words, &self.leaf.path, "spec") => {
                self.tally.miss(format!("{what}: reported without its field: {words}"));
            }
            None if trial.verdict == Verdict::Bad => self.tally.miss(format!("{what}: ignored without a word")),
            _ => {}
        }
    }
}

/// Fields of which nothing can be said where the template is: Secrets are read when a run begins, and half a reference to
/// another template names none.
const LATER: [&str; 2] = ["secretKeyRef", "spec.templates[]"];

fn is_text(trial: &Trial) -> bool {
    trial.value.as_ref().is_some_and(Value::is_string)
}

/// The spec with a value in a field, and with what that field needs around it.
pub(crate) fn with(home: &Value, leaf: &Leaf, value: Option<&Value>) -> Value {
    let mut object = json!({"spec": home});
    let shown = leaf.path.to_string();
    if shown.contains("valueFrom") {
        object["spec"]["args"] = json!([{"name": "limit"}]);
    }
    for around in [&needed(&shown), &leaf.around] {
        complete(&mut object, around);
    }
    match value {
        Some(value) => leaf.path.put(&mut object, value.clone()),
        None => leaf.path.remove(&mut object),
    }
    object["spec"].take()
}

/// What a field needs around it beyond what its schema requires.
fn needed(shown: &str) -> Value {
    let mut spec = json!({});
    if shown.starts_with("spec.dryRun") {
        spec["dryRun"] = json!([{"metricName": "metric"}]);
    }
    if shown.starts_with("spec.measurementRetention") {
        spec["measurementRetention"] = json!([{"metricName": "metric", "limit": 5}]);
    }
    if shown.ends_with("metrics[].count") {
        spec["metrics"] = json!([{"interval": "1s"}]);
    }
    if ["minSamples", "samples", "maxWait"].iter().any(|field| shown.ends_with(&format!("metrics[].{field}"))) {
        spec["metrics"] = json!([{"minSamples": 1, "samples": "up"}]);
    }
    if shown.contains("rangeQuery") {
        let range = json!({"start": "now() - duration('1h')", "end": "now()", "step": "1m"});
        spec["metrics"] = json!([{"provider": {"prometheus": {"rangeQuery": range}}}]);
    }
    if shown.contains("headers[]") {
        spec["metrics"] = json!([{"provider": {"prometheus": {"headers": [{"key": "X-Scope", "value": "x"}]}}}]);
    }
    if shown.contains("oauth2") {
        let client = json!({"tokenUrl": "http://127.0.0.1:1/token", "clientId": "web", "clientSecret": "x"});
        spec["metrics"] = json!([{"provider": {"prometheus": {"authentication": {"oauth2": client}}}}]);
    }
    if shown.contains("secretKeyRef") {
        spec["args"] = json!([{"name": "limit", "valueFrom": {"secretKeyRef": {"name": "secret", "key": "key"}}}]);
    }
    json!({"spec": spec})
}
