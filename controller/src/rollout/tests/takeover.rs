//! Releases that another controller of this API began, taken over where they are: no pod is restarted, no weight is moved.
//!
//! The objects are as the established controller leaves them: its hashes, its labels and annotations, its status.

use super::*;

const STABLE: &str = "674d8cf959";
const NEW: &str = "6b56c8cdb4";

/// Where a release was left.
struct Left {
    step: Option<u32>,
    weight: u32,
    /// Pods of the stable and of the new revision.
    pods: [u32; 2],
    /// Which revision the Services `web-stable` (active) and `web-canary` (preview) select.
    selects: [&'static str; 2],
    stable: &'static str,
    status: Value,
    /// What the AnalysisRun that runs was started for: the value of its label, and how its name ends.
    run: Option<(&'static str, &'static str)>,
}

impl Left {
    fn canary(step: u32, weight: u32, new_pods: u32) -> Self {
        let pods = [5, new_pods];
        Self { step: Some(step), weight, pods, selects: [STABLE, NEW], stable: STABLE, status: json!({}), run: None }
    }

    fn blue_green(status: Value) -> Self {
        Self { step: None, weight: 0, pods: [5, 5], selects: [STABLE, NEW], stable: STABLE, status, run: None }
    }

    /// The story from here on, in which nobody has looked at the Rollout since its generation was `behind` lower.
    fn story(&self, strategy: &Value, behind: u32) -> Story {
        let mut story = Story::new(strategy.clone());
        story.put(
            &format!("{TEMPLATES}/ok"),
            json!({"spec": {"metrics": [{
                "name": "errors", "interval": "30s", "count": 100, "successCondition": "result[0] < 1",
                "provider": {"prometheus": {"address": "http://prometheus", "query": "up"}}
            }]}}),
        );
        self.revisions(&mut story);
        for (service, hash) in [("web-stable", self.selects[0]), ("web-canary", self.selects[1])] {
            story.edit(
                &format!("{SERVICES}/{service}"),
                json!({
                    "metadata": {"annotations": {"argo-rollouts.argoproj.io/managed-by-rollouts": "web"}},
                    "spec": {"selector": {"rollouts-pod-template-hash": hash}},
                }),
            );
        }
        let entry = |name: &str, weight: u32| json!({"name": name, "port": 80, "weight": weight});
        let entries = json!([entry("web-canary", self.weight), entry("web-stable", 100 - self.weight)]);
        story.edit(&format!("{ROUTES}/web"), json!({"spec": {"weighted": {"services": entries}}}));
        self.analysis_run(&mut story);
        self.rollout(&mut story, behind);
        story
    }

    fn revisions(&self, story: &mut Story) {
        for (hash, image, number, pods) in [(STABLE, "web:1", "1", self.pods[0]), (NEW, "web:2", "2", self.pods[1])] {
            let labels = json!({"app": "web", "rollouts-pod-template-hash": hash});
            let keep = (self.stable == NEW && hash == STABLE).then_some("2026-01-01T00:00:30Z");
            let container = json!({
                "name": "web", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            });
            let pod = json!({
                "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30,
            });
            let mut annotations =
                json!({"rollout.argoproj.io/revision": number, "rollout.argoproj.io/desired-replicas": "5"});
            if let Some(keep) = keep {
                annotations["scale-down-deadline"] = json!(keep);
            }
            story.put(
                &format!("{SETS}/web-{hash}"),
                json!({
                    "metadata": {"labels": labels, "annotations": annotations},
                    "spec": {
                        "replicas": pods, "selector": {"matchLabels": labels},
                        "template": {"metadata": {"creationTimestamp": null, "labels": labels}, "spec": pod},
                    },
                }),
            );
        }
    }

    fn analysis_run(&self, story: &mut Story) {
        let Some((kind, end)) = self.run else { return };
        let mut labels = json!({"rollouts-pod-template-hash": NEW, "rollout-type": kind});
        if let Some(step) = self.step {
            labels["step-index"] = json!(step.to_string());
        }
        story.put(
            &format!("{RUNS}/web-{NEW}-2{end}"),
            json!({
                "metadata": {"labels": labels, "annotations": {"rollout.argoproj.io/revision": "2"}},
                "spec": {"metrics": []}, "status": {"phase": "Running"},
            }),
        );
    }

    fn rollout(&self, story: &mut Story, behind: u32) {
        let mut status = json!({
            "observedGeneration": (9 - behind).to_string(), "currentPodHash": NEW, "currentStepHash": "5b9f6c7d8c",
            "currentStepIndex": self.step, "stableRS": self.stable, "phase": "Progressing",
            "selector": "app=web", "replicas": self.pods[0] + self.pods[1],
            "conditions": [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "message": "",
                            "lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        });
        json_patch::merge(&mut status, &self.status);
        let containers = json!([{"name": "web", "image": "web:2"}]);
        story.edit(
            &format!("{ROLLOUTS}/web"),
            json!({
                "metadata": {"generation": 9, "annotations": {"rollout.argoproj.io/revision": "2"}},
                "spec": {"replicas": 5, "template": {"spec": {"containers": containers}}},
                "status": status,
            }),
        );
    }

    /// Takes over, and says what was written but for the Rollout's status until the release waits again: the same whether or
    /// not the other controller had seen the last change of the spec.
    async fn check(&self, strategy: &Value, expected: &Expect) {
        let [seen, unseen] = [self.told(strategy, 0).await, self.told(strategy, 1).await];
        assert_eq!(seen, unseen);
        expected.assert_eq(&seen);
    }

    async fn told(&self, strategy: &Value, behind: u32) -> String {
        let mut story = self.story(strategy, behind);
        story.passes(60).await;
        let lines = story.transcript.split_inclusive('\n').filter(|line| !line.starts_with("PATCH rollouts/"));
        let told: String = lines.collect();
        assert!(!told.contains("POST shop/replicasets"), "a revision is made anew: {told}");
        assert!(!told.contains(&format!("PATCH replicasets/web-{}", self.stable)), "stable is touched: {told}");
        assert_eq!(story.status("/currentPodHash"), NEW);
        let step = story.status("/currentStepIndex").as_u64();
        format!("{told}waits at {}", step.map_or_else(|| "no step".to_owned(), |step| format!("step {step}")))
    }
}

fn six_steps() -> Value {
    let analysis = json!({"templates": [{"templateName": "ok"}]});
    canary(&json!([
        {"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"analysis": analysis}, {"setWeight": 80}, {"pause": {}},
    ]))
}

fn paused(reason: &str) -> Value {
    json!({
        "controllerPause": true, "phase": "Paused",
        "pauseConditions": [{"reason": reason, "startTime": "2026-01-01T00:00:00Z"}],
    })
}

fn running(end: &str) -> Value {
    json!({"name": format!("web-{NEW}-2{end}"), "status": "Running"})
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_taken_over_at_each_of_its_steps() {
    let with = |left: Left, status: Value| Left { status, ..left };
    let steps = six_steps();
    Left::canary(0, 20, 1).check(&steps, &expect!["waits at step 1"]).await;
    with(Left::canary(1, 20, 1), paused("CanaryPauseStep")).check(&steps, &expect!["waits at step 1"]).await;
    Left::canary(2, 50, 3)
        .check(
            &steps,
            &expect![[r#"
                POST shop/analysisruns
                waits at step 3"#]],
        )
        .await;
    let analysis = json!({"canary": {"currentStepAnalysisRunStatus": running("-3")}});
    let left = Left { run: Some(("Step", "-3")), ..with(Left::canary(3, 50, 3), analysis) };
    left.check(&steps, &expect!["waits at step 3"]).await;
    Left::canary(4, 80, 4).check(&steps, &expect!["waits at step 5"]).await;
    with(Left::canary(5, 80, 4), paused("CanaryPauseStep")).check(&steps, &expect!["waits at step 5"]).await;
    let done = Left { stable: NEW, selects: [NEW, NEW], ..Left::canary(6, 0, 5) };
    done.check(
        &steps,
        &expect![[r#"
            PATCH replicasets/web-674d8cf959 0
            waits at step 6"#]],
    )
    .await;
}

/// Its own hash of the steps cannot be worked out here, but an index beyond the last step is another list's.
#[tokio::test(start_paused = true)]
async fn fewer_steps_than_the_recorded_index_are_other_steps() {
    Left::canary(5, 80, 4)
        .check(
            &canary(&json!([{"setWeight": 20}, {"pause": {}}])),
            &expect![[r#"
        PATCH traefikservices/web 20 80
        PATCH replicasets/web-6b56c8cdb4 1
        waits at step 1"#]],
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_blue_green_release_is_taken_over_wherever_it_is() {
    let gates = json!({"templates": [{"templateName": "ok"}]});
    let strategy = json!({"blueGreen": {
        "activeService": "web-stable", "previewService": "web-canary", "autoPromotionEnabled": false,
        "prePromotionAnalysis": gates, "postPromotionAnalysis": gates,
    }});
    let mut before = paused("BlueGreenPause");
    before["blueGreen"] = json!({"prePromotionAnalysisRunStatus": running("-pre"), "activeSelector": STABLE});
    let left = Left { run: Some(("PrePromotion", "-pre")), ..Left::blue_green(before) };
    left.check(&strategy, &expect!["waits at no step"]).await;
    let after = json!({"blueGreen": {"postPromotionAnalysisRunStatus": running("-post"), "activeSelector": NEW}});
    let left = Left { run: Some(("PostPromotion", "-post")), selects: [NEW, NEW], ..Left::blue_green(after) };
    left.check(&strategy, &expect!["waits at no step"]).await;
    let done = json!({"blueGreen": {"activeSelector": NEW, "previewSelector": NEW}});
    let left = Left { stable: NEW, selects: [NEW, NEW], ..Left::blue_green(done) };
    left.check(
        &strategy,
        &expect![[r#"
            PATCH replicasets/web-674d8cf959 0
            waits at no step"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_label_that_pods_have_for_their_role_is_taken_over() {
    let mut strategy = six_steps();
    for role in ["canary", "stable"] {
        strategy["canary"][format!("{role}Metadata")] = json!({"labels": {"role": role}});
    }
    let left = Left { status: paused("CanaryPauseStep"), ..Left::canary(1, 20, 1) };
    let mut story = left.story(&strategy, 1);
    for (hash, role) in [(STABLE, "stable"), (NEW, "canary")] {
        let labels = json!({"role": role});
        let given = json!({"labels": labels}).to_string();
        story.edit(
            &format!("{SETS}/web-{hash}"),
            json!({
                "metadata": {"annotations": {"rollout.argoproj.io/ephemeral-metadata": given}},
                "spec": {"template": {"metadata": {"labels": labels}}},
            }),
        );
    }
    story.passes(60).await;
    assert!(!story.transcript.contains("replicasets"), "{}", story.transcript);
    assert_eq!(story.status("/currentPodHash"), NEW);
}

/// That controller says which of two Services that take turns is the stable one, and leaves the other at the version before
/// until the next release.
#[tokio::test(start_paused = true)]
async fn services_that_take_turns_are_taken_over_whoever_is_the_stable_one() {
    let mut strategy = six_steps();
    let canary = strategy["canary"].as_object_mut().unwrap();
    canary.retain(|field, _| !field.ends_with("Service"));
    canary.insert("pingPong".to_owned(), json!({"pingService": "web-canary", "pongService": "web-stable"}));
    let ponged = |mut status: Value| {
        json_patch::merge(&mut status, &json!({"canary": {"stablePingPong": "pong"}}));
        status
    };
    let left = Left { status: ponged(paused("CanaryPauseStep")), ..Left::canary(1, 20, 1) };
    left.check(&strategy, &expect!["waits at step 1"]).await;
    let left = Left { status: ponged(json!({})), ..Left::canary(2, 50, 3) };
    left.check(
        &strategy,
        &expect![[r#"
        POST shop/analysisruns
        waits at step 3"#]],
    )
    .await;
    let all = Left { status: ponged(json!({})), ..Left::canary(6, 100, 5) };
    let mut story = all.story(&strategy, 0);
    story.passes(60).await;
    assert_eq!((story.status("/canary/stablePingPong"), story.status("/phase")), (json!("ping"), json!("Healthy")));
    let done = Left { stable: NEW, selects: [NEW, STABLE], status: ponged(json!({})), ..Left::canary(6, 0, 5) };
    done.check(
        &strategy,
        &expect![[r#"
        PATCH services/web-canary {"rollouts-pod-template-hash":"6b56c8cdb4"}
        PATCH replicasets/web-674d8cf959 0
        waits at step 6"#]],
    )
    .await;
}
