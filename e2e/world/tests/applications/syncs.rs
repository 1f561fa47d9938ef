//! Syncs from git to the cluster.

use expect_test::expect;
use serde_json::json;
use sluice_world::api::catalog;

use crate::story::{given, map};

#[tokio::test(start_paused = true)]
async fn what_git_describes_is_written_once_somebody_asks() {
    let mut story = given(json!({}), vec![map("a", "x"), map("b", "y")]).await;
    story.wait(5).await;
    story.ending();
    story.say("sync");
    story.merge(&catalog::APPLICATION, "web", json!({"operation": {"sync": {}}}));
    story.wait(5).await;
    story.check(expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn an_application_follows_its_branch_and_undoes_changes_in_the_cluster() {
    let automated = json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}});
    let mut story = given(automated, vec![map("a", "x"), map("b", "y"), map("c", "z")]).await;
    story.wait(5).await;
    story.say("commit r2: b says more, c is gone");
    story.push("r2", Some(vec![map("a", "x"), map("b", "more")]));
    story.wait(200).await;
    story.say("somebody changes a");
    story.merge(&catalog::CONFIG_MAP, "a", json!({"data": {"says": "what somebody wants"}}));
    story.wait(5).await;
    story.say("somebody deletes b");
    story.cluster.store.delete(&catalog::CONFIG_MAP, "shop", "b").unwrap();
    story.wait(10).await;
    story.say("nothing happens for an hour");
    story.wait(3600).await;
    story.check(expect![[""]]);
}
