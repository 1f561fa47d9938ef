//! Releases at routes of the Gateway API.

use super::*;

fn at_gateway(routing: &Value) -> Value {
    json!({"canary": {
        "canaryService": "web-canary", "stableService": "web-stable", "trafficRouting": routing,
        "steps": [{"setWeight": 20}, {"pause": {}}]
    }})
}

fn http_route() -> Value {
    let backend = |name: &str| json!({"name": name, "port": 80, "weight": 1});
    let rules = json!([{"backendRefs": [backend("web-stable"), backend("web-canary")]}]);
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"generation": 1},
        "spec": {"parentRefs": [{"name": "gateway"}], "rules": rules},
    })
}

/// What the Gateway says of that generation.
fn accepted(generation: &Value) -> Value {
    let condition = |kind: &str| json!({"type": kind, "status": "True", "observedGeneration": generation});
    json!({"parents": [{"parentRef": {"name": "gateway"}, "conditions": [condition("Accepted"), condition("ResolvedRefs")]}]})
}

impl Story {
    fn gateway(routing: &Value) -> Self {
        let mut story = Self::new(at_gateway(routing));
        story.put(&format!("{HTTP_ROUTES}/web"), http_route());
        story
    }

    fn route(&self) -> Value {
        self.get(&format!("{HTTP_ROUTES}/web"))
    }

    /// Passes, and lets the Gateway take up what was written, until neither has anything to do.
    async fn passes_with_gateway(&mut self) {
        for _ in 0..20 {
            self.passes(50).await;
            let (generation, status) = (self.route()["metadata"]["generation"].clone(), self.route()["status"].clone());
            if status == accepted(&generation) {
                return;
            }
            self.edit(&format!("{HTTP_ROUTES}/web"), json!({"status": accepted(&generation)}));
        }
        panic!("the route is changed again and again");
    }

    /// A new version comes.
    fn release(&mut self) {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:2"}]}});
        self.edit(&format!("{ROLLOUTS}/web"), json!({"metadata": {"generation": 2}, "spec": {"template": template}}));
    }
}

fn gateway_writes(transcript: &str) -> String {
    let writes = transcript.lines().filter(|line| line.contains("httproutes") || line.contains("traefikservices"));
    writes.fold(String::new(), |text, line| text + line + "\n")
}

#[tokio::test(start_paused = true)]
async fn a_canary_goes_out_at_an_http_route_once_its_gateway_has_taken_each_weight() {
    let mut story = Story::gateway(&json!({"gatewayAPI": {"httpRoute": "web"}}));
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "the router has not taken up the last change yet: HTTPRoute \"web\": no Gateway has taken it up; look at its spec.parentRefs and at the Gateway's listeners"
    );
    story.passes_with_gateway().await;
    assert_eq!(story.status("/phase"), "Healthy");
    story.release();
    story.passes_with_gateway().await;
    assert_eq!((story.status("/phase"), story.status("/currentStepIndex")), (json!("Paused"), json!(1)));
    expect![[r#"
        PATCH httproutes/web 0 100
        PATCH httproutes/web 20 80
    "#]]
    .assert_eq(&gateway_writes(&story.transcript));
}

#[tokio::test(start_paused = true)]
async fn weights_edited_by_hand_at_an_http_route_are_put_back() {
    let mut story =
        Story::gateway(&json!({"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web", "namespace": "shop"}}}));
    story.passes_with_gateway().await;
    story.transcript.clear();
    story.edit(&format!("{HTTP_ROUTES}/web"), json!({"metadata": {"generation": 9}, "spec": http_route()["spec"]}));
    story.passes_with_gateway().await;
    assert_eq!(gateway_writes(&story.transcript), "PATCH httproutes/web 0 100\n");
}

#[tokio::test(start_paused = true)]
async fn two_routers_get_the_same_weights_and_the_one_that_was_missed_is_told_again() {
    let both = json!({"traefik": {"weightedTraefikServiceName": "web"}, "gatewayAPI": {"httpRoute": "web"}});
    let mut story = Story::gateway(&both);
    story.passes_with_gateway().await;
    story.release();
    story.passes_with_gateway().await;
    let entries =
        json!([{"name": "web-canary", "port": 80, "weight": 5}, {"name": "web-stable", "port": 80, "weight": 95}]);
    story.edit(&format!("{ROUTES}/web"), json!({"spec": {"weighted": {"services": entries}}}));
    story.passes_with_gateway().await;
    expect![[r#"
        PATCH traefikservices/web 0 100
        PATCH httproutes/web 0 100
        PATCH traefikservices/web 20 80
        PATCH httproutes/web 20 80
        PATCH traefikservices/web 20 80
    "#]]
    .assert_eq(&gateway_writes(&story.transcript));
}

#[tokio::test(start_paused = true)]
async fn a_route_that_cannot_carry_a_release_is_named_with_what_to_do() {
    let mut story = Story::gateway(&json!({"gatewayAPI": {"httpRoutes": [{"name": "web"}, {"name": "other"}]}}));
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "traffic cannot be moved: HTTPRoute \"other\": objects of its kind are being listed"
    );
    story.ctx.caches.routes.listed(RouteKind::HttpRoute);
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "traffic cannot be moved: HTTPRoute \"other\" not found in namespace shop; create it or correct the name"
    );
}

#[tokio::test(start_paused = true)]
async fn a_route_by_header_comes_with_its_step_and_goes_with_an_abort() {
    let routing = json!({"gatewayAPI": {"httpRoute": "web"}, "managedRoutes": [{"name": "beta"}]});
    let mut strategy = at_gateway(&routing);
    let header = json!({"name": "beta", "match": [{"headerName": "x-user", "headerValue": {"prefix": "me"}}]});
    strategy["canary"]["steps"] = json!([{"setWeight": 20}, {"setHeaderRoute": header}, {"pause": {}}]);
    let mut story = Story::new(strategy);
    story.put(&format!("{HTTP_ROUTES}/web"), http_route());
    story.passes_with_gateway().await;
    let before = story.route()["spec"].clone();
    story.release();
    story.passes_with_gateway().await;
    assert_eq!((story.status("/phase"), story.status("/currentStepIndex")), (json!("Paused"), json!(2)));
    let rule = story.route()["spec"]["rules"][0].clone();
    assert_eq!(
        rule,
        json!({
            "matches": [{"headers": [{"type": "RegularExpression", "name": "x-user", "value": "^me.*$"}]}],
            "backendRefs": [{"name": "web-canary", "port": 80}]
        })
    );
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"abort": true}}));
    story.passes_with_gateway().await;
    assert_eq!(story.status("/phase"), "Degraded");
    assert_eq!(story.route()["spec"], before);
}
