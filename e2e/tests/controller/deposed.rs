//! A leader whose machine stood still: another one leads when it goes on.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use bytes::Bytes;
use hyper::{Request, Response};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_crds::Rollout;
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_e2e::harness::Scene;
use sluice_e2e::{listen, wait};
use tokio::time::{Duration, sleep};

use crate::release::{answers, canary, rollout, route, until_phase};
use crate::{notices, twins};

const TWINS: &str = "suspended";
const SERVICE: &str = "webhook.suspended";
/// Longer than a Lease without its holder lasts, and than the other one needs to tell what is owed then.
const SUSPENDED: Duration = Duration::from_secs(14);

/// What a webhook was told, and whether it takes it.
#[derive(Clone, Debug, Default)]
struct Hook(Arc<Mutex<(Vec<String>, bool)>>);

impl Hook {
    async fn start(&self) -> Result<String> {
        let hook = self.clone();
        let address = listen::serve(move |request: Request<Bytes>| {
            let taken = hook.hear(&String::from_utf8_lossy(request.body()));
            let status = if taken { 200 } else { 503 };
            async move { Ok(Response::builder().status(status).body(Bytes::new())?) }
        });
        Ok(format!("http://{}/", address.await?))
    }

    fn hear(&self, text: &str) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.0.push(text.to_owned());
        heard.1
    }

    fn takes(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
    }

    fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// It owes a notice when its machine stands still. The other one leads and sends that; the first one goes on, sends nothing, and ends.
pub(crate) async fn suspended(scene: Scene) -> Result<()> {
    route(&scene).await?;
    let hook = Hook::default();
    notices::service(&scene, SERVICE, &format!("url: {}\n", hook.start().await?)).await?;
    let mut twins = twins::start(&scene, TWINS, [5, 6]).await?;
    let version = |name: &str| {
        let steps = json!([{"setWeight": 25}, {"pause": {}}]);
        twins::minded_by(TWINS, rollout(name, &canary(&steps)))
    };
    scene.apply(&version("v1")).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let subscribed =
        json!({"metadata": {"annotations": {"notifications.argoproj.io/subscribe.on-rollout-paused.suspended": ""}}});
    scene.api::<Rollout>().patch("web", &PatchParams::default(), &Patch::Merge(&subscribed)).await?;
    scene.apply(&version("v2")).await?;
    until_phase(&scene, Paused).await?;
    wait::until("a notice is owed", || async { (!hook.heard().is_empty()).then_some(()) }).await?;
    let leader = twins::leader(&twins).await?;
    let [one, other] = &mut twins;
    let (suspended, other) = if leader == 0 { (one, other) } else { (other, one) };
    let frozen = suspended.freeze(SUSPENDED);
    let meanwhile = async {
        // Nothing is under way any more.
        sleep(Duration::from_millis(500)).await;
        hook.takes();
        let before = hook.heard().len();
        wait::until("the next leader tells it", || async { (hook.heard().len() > before).then_some(()) }).await?;
        ensure!(other.leads().await?, "the other one leads");
        Ok(before)
    };
    let (frozen, before) = tokio::join!(frozen, meanwhile);
    frozen?;
    let before = before?;
    sleep(Duration::from_secs(3)).await;
    let told = hook.heard().split_off(before);
    notices::no_service(&scene, SERVICE).await?;
    ensure!(told.len() == 1, "told once: {told:?}");
    ensure!(suspended.still_runs().is_err(), "who was deposed ends");
    Ok(())
}
