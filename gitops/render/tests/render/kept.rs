//! What is rendered once, and when it is rendered anew.

use std::time::Instant;

use serde_json::json;

use crate::bench::{Bench, config};

fn is_same(one: &sluice_render::Rendered, other: &sluice_render::Rendered) -> bool {
    let same = |(a, b): (&std::sync::Arc<_>, &std::sync::Arc<_>)| std::sync::Arc::ptr_eq(a, b);
    one.objects.len() == other.objects.len() && one.objects.iter().zip(&other.objects).all(same)
}

#[tokio::test]
async fn a_commit_elsewhere_renders_nothing_anew() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1")).write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    repo.write("web/templates/a.yaml", config("w", "{{ .Values.x }}")).write("web/values.yaml", "x: 1").commit();
    let sources = json!([{"repoURL": repo.url(), "path": "app"}, {"repoURL": repo.url(), "path": "web"}]);
    let first = bench.render(sources.clone()).await.unwrap();
    repo.write("elsewhere/b.yaml", config("b", "1")).commit();
    bench.later(100);
    let second = bench.render(sources.clone()).await.unwrap();
    assert_ne!(first.sources, second.sources);
    assert!(is_same(&first, &second) && first.key == second.key);
    repo.write("web/values.yaml", "x: 2").commit();
    bench.later(100);
    let third = bench.render(sources).await.unwrap();
    assert_eq!(third.objects[1]["data"]["value"], "2");
    assert_ne!(second.key, third.key);
    assert!(std::sync::Arc::ptr_eq(&second.objects[0], &third.objects[0]));
}

#[tokio::test]
async fn other_settings_are_another_render() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    repo.write("web/templates/a.yaml", config("w", "{{ .Values.x }}")).write("web/values.yaml", "x: 1");
    repo.write("web/one.yaml", "x: 3").write("web/two.yaml", "x: 4").commit();
    let mut keys = std::collections::BTreeSet::new();
    for helm in [
        json!({}),
        json!({"parameters": [{"name": "x", "value": "2"}]}),
        json!({"parameters": [{"name": "x", "value": "2", "forceString": true}]}),
        json!({"values": "x: 2"}),
        json!({"valueFiles": ["one.yaml"]}),
        json!({"valueFiles": ["one.yaml", "two.yaml"]}),
        json!({"valueFiles": ["two.yaml", "one.yaml"]}),
        json!({"skipTests": true}),
        json!({"namespace": "x"}),
        json!({"releaseName": "x"}),
        json!({"kubeVersion": "1.30.0"}),
        json!({"apiVersions": ["x/v1"]}),
    ] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": "web", "helm": helm})).await.unwrap();
        assert!(keys.insert(rendered.key), "{helm}");
    }
}

#[tokio::test]
async fn a_failed_render_is_not_kept_and_the_one_before_stays() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1")).commit();
    let source = json!({"repoURL": repo.url(), "path": "app"});
    let good = bench.render(source.clone()).await.unwrap();
    repo.write("app/b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [").commit();
    bench.later(100);
    assert!(bench.render(source.clone()).await.is_err());
    assert!(bench.render(source.clone()).await.is_err());
    repo.remove("app/b.yaml").commit();
    bench.later(100);
    let again = bench.render(source).await.unwrap();
    assert!(is_same(&good, &again));
}

/// Many Applications of one repository share the question and the fetch.
#[tokio::test]
async fn a_thousand_applications_of_one_repository() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("fleet");
    for n in 0..1000 {
        repo.write(&format!("apps/{n}/a.yaml"), config(&format!("a{n}"), "1"));
    }
    repo.commit();
    let began = Instant::now();
    let mut first = Vec::new();
    for n in 0..1000 {
        first.push(bench.render(json!({"repoURL": repo.url(), "path": format!("apps/{n}")})).await.unwrap());
    }
    let installed = began.elapsed();
    repo.write("apps/7/a.yaml", config("a7", "2")).commit();
    bench.later(100);
    let began = Instant::now();
    let mut changed = 0;
    for (n, before) in first.iter().enumerate() {
        let now = bench.render(json!({"repoURL": repo.url(), "path": format!("apps/{n}")})).await.unwrap();
        changed += usize::from(now.key != before.key);
    }
    eprintln!("1,000 Applications: first {installed:?}, after a commit {:?}", began.elapsed());
    assert_eq!(changed, 1);
}
