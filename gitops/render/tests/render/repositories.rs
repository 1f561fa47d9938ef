//! Revisions, force-pushes, and what becomes of repositories.

use std::fs;

use serde_json::json;
use sluice_render::Kind;

use crate::bench::{Bench, config, shown};

#[tokio::test]
async fn a_revision_is_a_branch_a_tag_a_commit_or_a_range() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    let mut commits = Vec::new();
    for (tag, value) in [("v1.0.0", "one"), ("v1.1.0", "two"), ("v2.0.0-rc.1", "three")] {
        repo.write("app/a.yaml", config("a", value));
        commits.push(repo.commit());
        repo.git(&["tag", "--annotate", "--message=x", tag]);
    }
    repo.git(&["branch", "release/1", &commits[1]]);
    for (revision, commit) in [
        ("", 2),
        ("HEAD", 2),
        ("main", 2),
        ("refs/heads/main", 2),
        ("v1.0.0", 0),
        ("^1.0.0", 1),
        ("1.*", 1),
        (">=2.0.0-0", 2),
        ("release/1", 1),
        (commits[0].as_str(), 0),
        (&commits[0][..7], 0),
        (&commits[1][..12], 1),
    ] {
        let source = json!({"repoURL": repo.url(), "path": "app", "targetRevision": revision});
        assert_eq!(bench.resolve(source.clone()).await.unwrap(), [commits[commit].clone()], "{revision}");
        let value = ["one", "two", "three"][commit];
        assert_eq!(
            shown(&bench.render(source).await),
            format!("ConfigMap a {{\"value\":\"{value}\"}}\n"),
            "{revision}"
        );
    }
    let error =
        bench.resolve(json!({"repoURL": repo.url(), "path": "app", "targetRevision": "nope"})).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.text.contains("unable to resolve 'nope' to a commit SHA"), "{}", error.text);
}

#[tokio::test]
async fn the_first_digits_of_a_commit_are_looked_up_once() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    let commit = repo.write("app/a.yaml", config("a", "1")).commit();
    repo.write("app/a.yaml", config("a", "2")).commit();
    let of = |revision: &str| json!({"repoURL": repo.url(), "path": "app", "targetRevision": revision});
    for _ in 0..2 {
        assert_eq!(bench.resolve(of(&commit[..8])).await.unwrap(), std::slice::from_ref(&commit));
    }
    let nobodys = if commit.starts_with("0000000") { "1111111" } else { "0000000" };
    for _ in 0..2 {
        let error = bench.resolve(of(nobodys)).await.unwrap_err();
        assert!(error.text.contains("nor does just one of its commits begin so"), "{}", error.text);
    }
    let fetched = bench.requests.lock().unwrap().iter().filter(|one| one.starts_with("fetch ")).count();
    assert_eq!(fetched, 2);
}

#[tokio::test]
async fn a_repository_is_asked_anew_once_its_answer_is_old() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let source = json!({"repoURL": repo.url(), "path": "app"});
    let first = repo.write("app/a.yaml", config("a", "1")).commit();
    assert_eq!(bench.resolve(source.clone()).await.unwrap(), std::slice::from_ref(&first));
    let second = repo.write("app/a.yaml", config("a", "2")).commit();
    bench.later(59);
    assert_eq!(bench.resolve(source.clone()).await.unwrap(), [first]);
    bench.later(2);
    assert_eq!(bench.resolve(source.clone()).await.unwrap(), [second]);
}

#[tokio::test]
async fn requests_to_a_server_are_counted_and_what_is_known_is_no_request() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("a.yaml", config("a", "1")).commit();
    let source = json!({"repoURL": repo.url(), "path": "."});
    bench.render(source.clone()).await.unwrap();
    bench.render(source.clone()).await.unwrap();
    let requests = |bench: &Bench| std::mem::take(&mut *bench.requests.lock().unwrap());
    assert_eq!(requests(&bench), [format!("ls-remote {}", repo.url()), format!("fetch {}", repo.url())]);
    bench.later(100);
    bench.render(source).await.unwrap();
    assert_eq!(requests(&bench), [format!("ls-remote {}", repo.url())]);
}

/// Whoever pushes a tag and names it at once is not told that there is none.
#[tokio::test]
async fn a_tag_that_was_pushed_a_moment_ago_is_found() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let source = |revision: &str| json!({"repoURL": repo.url(), "path": "app", "targetRevision": revision});
    let commit = repo.write("app/a.yaml", config("a", "1")).commit();
    bench.render(source("main")).await.unwrap();
    repo.git(&["tag", "v1.3.0"]);
    bench.later(2);
    for revision in ["v1.3.0", "^1.2.0"] {
        assert_eq!(bench.resolve(source(revision)).await.unwrap(), std::slice::from_ref(&commit), "{revision}");
    }
    let asked = std::mem::take(&mut *bench.requests.lock().unwrap()).len();
    for _ in 0..3 {
        assert_eq!(bench.resolve(source("nowhere")).await.unwrap_err().kind, Kind::NotFound);
    }
    assert_eq!(
        bench.requests.lock().unwrap().len(),
        0,
        "asked {asked} times before, and for what is not there not again at once"
    );
}

#[tokio::test]
async fn a_force_push_is_a_new_commit_like_any_other() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let source = json!({"repoURL": repo.url(), "path": "app"});
    repo.write("app/a.yaml", config("a", "1")).commit();
    let gone = repo.write("app/a.yaml", config("a", "2")).commit();
    bench.render(source.clone()).await.unwrap();
    repo.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    let now = repo.write("app/a.yaml", config("a", "3")).commit();
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    bench.later(100);
    let rendered = bench.render(source.clone()).await.unwrap();
    assert_eq!(rendered.sources[0].revision, now);
    // What was fetched is here still, as a rollback may want it.
    bench.revisions = vec![gone];
    assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap a {\"value\":\"2\"}\n");
    bench.revisions = vec!["0123456789012345678901234567890123456789".to_owned()];
    assert!(bench.render(source).await.is_err());
}

#[tokio::test]
async fn a_vanished_repository_is_an_error_and_never_empty() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let source = json!({"repoURL": repo.url(), "path": "app"});
    repo.write("app/a.yaml", config("a", "1")).commit();
    bench.render(source.clone()).await.unwrap();
    fs::remove_dir_all(repo.path()).unwrap();
    bench.later(100);
    assert_eq!(bench.render(source.clone()).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(bench.resolve(source).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn an_empty_repository_says_so() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    let error = bench.render(json!({"repoURL": repo.url(), "path": "app"})).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.text.ends_with("the repository is empty"), "{}", error.text);
}

#[tokio::test]
async fn a_folder_that_is_taken_away_is_an_error_and_an_emptied_one_is_empty() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let source = json!({"repoURL": repo.url(), "path": "app"});
    repo.write("app/a.yaml", config("a", "1")).write("app/readme.md", "x").commit();
    bench.render(source.clone()).await.unwrap();
    repo.remove("app/a.yaml").commit();
    bench.later(100);
    assert!(bench.render(source.clone()).await.unwrap().objects.is_empty());
    repo.remove("app").commit();
    bench.later(100);
    assert_eq!(bench.render(source).await.unwrap_err().kind, Kind::NotFound);
}

/// An object store of ours is no repository for others: it holds what was fetched with somebody's credentials.
#[tokio::test]
async fn the_workshop_itself_is_no_repository() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1")).commit();
    bench.render(json!({"repoURL": repo.url(), "path": "app"})).await.unwrap();
    let mut stores = fs::read_dir(bench.dir().join("workshop")).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let store = stores.find(|path| path.join("objects").exists()).unwrap();
    let error =
        bench.render(json!({"repoURL": format!("file://{}", store.display()), "path": "app"})).await.unwrap_err();
    assert!(error.text.ends_with("this folder is Sluice's own"), "{}", error.text);
}
