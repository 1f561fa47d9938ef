//! Two Services that take turns in being the stable one.

use super::*;

/// At Istio and at a load balancer of AWS.
fn strategy() -> Value {
    json!({"canary": {
        "pingPong": {"pingService": "ping", "pongService": "pong"},
        "trafficRouting": {
            "istio": {"virtualService": {"name": "web"}},
            "alb": {"ingress": "web", "servicePort": 80, "rootService": "root"},
        },
        "steps": [{"setWeight": 20}, {"pause": {}}],
    }})
}

fn story() -> Story {
    let mut story = Story::new(strategy());
    for name in ["ping", "pong"] {
        let spec = json!({"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]});
        story.put(&format!("{SERVICES}/{name}"), json!({"spec": spec}));
    }
    let entry = |host: &str, weight| json!({"destination": {"host": host}, "weight": weight});
    let own = json!({"route": [entry("ping", 100), entry("pong", 0)]});
    story.put(&format!("{VIRTUAL_SERVICES}/web"), json!({
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "spec": {"hosts": ["web"], "http": [own]}
    }));
    let backend = json!({"service": {"name": "root", "port": {"name": "use-annotation"}}});
    let paths = json!([{"path": "/*", "pathType": "ImplementationSpecific", "backend": backend}]);
    story.put(
        &format!("{INGRESSES}/web"),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"rules": [{"http": {"paths": paths}}]}
        }),
    );
    story
}

impl Story {
    fn update(&mut self, version: u32) {
        let image = json!([{"name": "web", "image": format!("web:{version}")}]);
        let spec = json!({"template": {"spec": {"containers": image}}});
        self.edit(&format!("{ROLLOUTS}/web"), json!({"metadata": {"generation": version}, "spec": spec}));
    }

    fn promote(&mut self) {
        self.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"pauseConditions": null}}));
    }

    /// What the router's objects give the two.
    fn shares(&self) -> String {
        let service = self.get(&format!("{VIRTUAL_SERVICES}/web"));
        let ingress = self.get(&format!("{INGRESSES}/web"));
        let action = &ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.root"];
        let action: Value = serde_json::from_str(action.as_str().unwrap()).unwrap();
        format!("{} {}", service["spec"]["http"][0]["route"], action["ForwardConfig"]["TargetGroups"])
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_swap_nothing_is_written_but_the_status() {
    let mut story = story();
    story.passes(100).await;
    assert_eq!(story.status("/phase"), "Healthy", "{}", story.status("/message"));
    assert_eq!(story.status("/canary/stablePingPong"), "ping");
    story.update(2);
    story.passes(100).await;
    story.transcript.clear();
    story.promote();
    story.passes(100).await;
    story.check(&expect![[r#"
        PATCH rollouts/web status "Progressing"
        PATCH replicasets/web-849fb4b4d5 2
        PATCH rollouts/web status
        PATCH virtualservices/web
        PATCH ingresses/web
        PATCH rollouts/web status
        PATCH rollouts/web status "Healthy"
        PATCH services/ping {"rollouts-pod-template-hash":"849fb4b4d5"}
        PATCH replicasets/web-849fb4b4d5
        PATCH rollouts/web status
        PATCH replicasets/web-794686fc5b "2026-01-01T00:01:00Z"
        PATCH rollouts/web status
        PATCH replicasets/web-794686fc5b 0
        PATCH rollouts/web status
    "#]]);
    expect![[r#"[{"destination":{"host":"ping"},"weight":0},{"destination":{"host":"pong"},"weight":100}] [{"ServiceName":"pong","ServicePort":"80","Weight":100},{"ServiceName":"ping","ServicePort":"80","Weight":0}]"#]].assert_eq(&story.shares());
    expect![[r#"{"stablePingPong":"pong","weights":{"canary":{"podTemplateHash":"849fb4b4d5","serviceName":"ping","weight":0},"stable":{"podTemplateHash":"849fb4b4d5","serviceName":"pong","weight":100},"verified":true}}"#]].assert_eq(&story.status("/canary").to_string());
    story.passes(5).await;
    story.check(&expect![[""]]);
}

const ALL_ON_PONG: &str =
    r#"[{"destination":{"host":"ping"},"weight":0},{"destination":{"host":"pong"},"weight":100}]"#;

#[tokio::test(start_paused = true)]
async fn a_swap_whose_status_is_not_written_is_made_by_the_next_pass() {
    let mut story = story();
    story.passes(100).await;
    story.update(2);
    story.passes(100).await;
    story.promote();
    // Once all traffic is on pong, somebody writes to the Rollout in each pass, so that its status cannot be written.
    for _ in 0..40 {
        story.cluster();
        story.show();
        if story.shares().starts_with(ALL_ON_PONG) {
            story.edit(&format!("{ROLLOUTS}/web"), json!({"metadata": {"annotations": {"noted": "again"}}}));
        }
        let _ = reconcile(&story.ctx, &key()).await;
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    assert_eq!(story.status("/canary/stablePingPong"), "ping");
    assert!(story.shares().starts_with(ALL_ON_PONG), "{}", story.shares());
    let before = story.shares();
    story.passes(100).await;
    assert_eq!((story.status("/canary/stablePingPong"), story.status("/phase")), (json!("pong"), json!("Healthy")));
    assert_eq!(story.shares(), before);
}
