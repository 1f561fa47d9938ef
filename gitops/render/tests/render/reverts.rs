//! Commits that are taken back in git.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use jiff::ToSpan;
use serde_json::{Value, json};
use sluice_gitops::application::revert::{Manner, Reads, Revert};
use sluice_render::credentials::SecretType;
use sluice_render::{Kind, RenderError, Reverted};

use crate::bench::{Bench, Repo, config};
use crate::servers::git::backend;
use crate::servers::http::{Answer, Ask, Server};

/// A repository in which the second of three commits is bad, and that commit.
fn history(bench: &Bench) -> (Repo, String) {
    let repo = bench.repository("org/app");
    repo.git(&["config", "receive.denyCurrentBranch", "ignore"]);
    repo.git(&["config", "http.receivepack", "true"]);
    repo.write("app/a.yaml", config("a", "good")).write("app/b.yaml", config("b", "1")).commit();
    let bad = repo.write("app/a.yaml", config("a", "bad")).write("app/new.yaml", "x").commit();
    repo.write("app/b.yaml", config("b", "2")).commit();
    (repo, bad)
}

fn wanted(url: &str, commit: &str, manner: Manner) -> Revert {
    Revert {
        repository: url.to_owned(),
        revision: "main".to_owned(),
        commit: commit.to_owned(),
        before: None,
        reads: reads(&[""]),
        manner,
        why: "Rollout shop/web took back the release of this commit: error-rate".to_owned(),
    }
}

fn reads(folders: &[&str]) -> Reads {
    Reads { folders: folders.iter().map(|&folder| folder.to_owned()).collect(), ..Reads::default() }
}

async fn done(bench: &Bench, revert: &Revert) -> Result<Reverted, RenderError> {
    bench.workshop.revert(revert, ("team", &bench.credentials), bench.now).await
}

#[tokio::test]
async fn a_commit_is_undone_on_top_of_its_branch_once() {
    let bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let before = repo.git(&["rev-parse", "main"]);
    let revert = Revert { revision: "HEAD".to_owned(), ..wanted(&repo.url(), &bad, Manner::Push) };
    let Reverted::Pushed(commit) = done(&bench, &revert).await.unwrap() else { panic!("it was not pushed") };
    assert_eq!(repo.git(&["rev-parse", "main", "main^"]), format!("{commit}\n{before}"));
    assert_eq!(repo.git(&["show", "main:app/a.yaml"]), config("a", "good").trim());
    assert_eq!(repo.git(&["show", "main:app/b.yaml"]), config("b", "2").trim(), "what came later stays");
    assert_eq!(repo.git(&["ls-tree", "--name-only", "main:app"]), "a.yaml\nb.yaml");
    let message = format!("Revert {}\n\nThis reverts commit {bad}.\n\n{}", &bad[..7], revert.why);
    assert_eq!(repo.git(&["log", "-1", "--format=%B", "main"]), message);
    assert_eq!(done(&bench, &revert).await.unwrap(), Reverted::Already);
}

#[tokio::test]
async fn what_cannot_be_undone_says_why_and_pushes_nothing() {
    let bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let first = repo.git(&["rev-list", "--max-parents=0", "main"]);
    let last = repo.write("app/a.yaml", config("a", "changed again")).commit();
    repo.git(&["checkout", "--quiet", "-b", "other"]);
    let elsewhere = repo.write("c", "c").commit();
    let check = async |revert: Revert, kind: Kind, said: &str| {
        let error = done(&bench, &revert).await.unwrap_err();
        assert!(error.kind == kind && error.text.contains(said), "{}: {}", error.kind.label(), error.text);
        assert_eq!(repo.git(&["rev-parse", "main"]), last);
    };
    let push = |commit: &str| wanted(&repo.url(), commit, Manner::Push);
    check(push(&bad), Kind::Tool, "later commits changed the same lines").await;
    check(push(&bad), Kind::Tool, "app/a.yaml").await;
    check(push(&first), Kind::Spec, "it is the first commit of all").await;
    check(push(&elsewhere), Kind::NotFound, "branch main has no such commit").await;
    check(Revert { revision: "v1".to_owned(), ..push(&bad) }, Kind::NotFound, "is no branch").await;
    check(wanted(&repo.url(), &bad, Manner::PullRequest), Kind::Spec, "use sluice.dev/revert: push").await;
}

/// What changes each time would be news each time.
#[tokio::test]
async fn a_push_that_the_server_refuses_says_the_same_each_time() {
    let mut bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let hook = bench.dir().join("org/app/.git/hooks/update");
    fs::write(&hook, "#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let revert = wanted(&repo.url(), &bad, Manner::Push);
    let first = done(&bench, &revert).await.unwrap_err().text;
    bench.now = bench.now.checked_add(1.hour()).unwrap();
    assert_eq!(done(&bench, &revert).await.unwrap_err().text, first);
    for says in ["GH006: Protected branch update failed", "the commit -> main", "sluice.dev/revert: pull-request"] {
        assert!(first.contains(says), "{first}");
    }
}

#[tokio::test]
async fn a_merge_is_undone_as_a_whole() {
    let bench = Bench::new().await;
    let (repo, _) = history(&bench);
    let before = repo.git(&["rev-parse", "main^{tree}"]);
    repo.git(&["checkout", "--quiet", "-b", "feature"]);
    repo.write("app/c.yaml", "1").commit();
    repo.write("app/d.yaml", "1").commit();
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--no-ff", "--message=x", "feature"]);
    let merge = repo.git(&["rev-parse", "main"]);
    done(&bench, &wanted(&repo.url(), &merge, Manner::Push)).await.unwrap();
    assert_eq!(repo.git(&["rev-parse", "main^{tree}"]), before);
}

/// One interval of asking brings them together: what another team changed is not the Application's to take back.
#[tokio::test]
async fn what_others_committed_meanwhile_stays() {
    let bench = Bench::new().await;
    let (repo, _) = history(&bench);
    let before = repo.git(&["rev-parse", "main"]);
    let bad = repo.write("app/a.yaml", config("a", "worse")).write("other/x.yaml", "1").commit();
    let innocent = repo.write("other/y.yaml", "1").write("README", "x").commit();
    let revert =
        Revert { before: Some(before), reads: reads(&["app"]), ..wanted(&repo.url(), &innocent, Manner::Push) };
    let Reverted::Pushed(_) = done(&bench, &revert).await.unwrap() else { panic!("it was not pushed") };
    assert_eq!(repo.git(&["diff", "--name-only", "main^", "main"]), "app/a.yaml");
    assert_eq!(repo.git(&["show", "main:app/a.yaml"]), config("a", "bad").trim());
    let message = repo.git(&["log", "-1", "--format=%B", "main"]);
    assert!(message.contains(&format!("This reverts commit {bad}.")) && !message.contains(&innocent), "{message}");
    assert_eq!(done(&bench, &revert).await.unwrap(), Reverted::Already);
}

/// Some may be others', or of long ago: they are proposed, and not pushed.
#[tokio::test]
async fn of_several_commits_since_the_deployment_before_none_is_pushed_away() {
    let bench = Bench::new().await;
    let (repo, _) = history(&bench);
    let before = repo.git(&["rev-parse", "main"]);
    let one = repo.write("app/a.yaml", config("a", "worse")).commit();
    let two = repo.write("app/c.yaml", "1").commit();
    let revert = Revert { before: Some(before.clone()), ..wanted(&repo.url(), &two, Manner::Push) };
    let text = done(&bench, &revert).await.unwrap_err().text;
    for says in [&one[..7], &two[..7], &before[..7], "sluice.dev/revert: pull-request"] {
        assert!(text.contains(says), "{text}");
    }
    assert_eq!(repo.git(&["rev-parse", "main"]), two);
}

/// One commit changes two Applications, and both are taken back.
#[tokio::test]
async fn what_another_application_had_undone_of_a_commit_is_not_all_of_it() {
    let bench = Bench::new().await;
    let (repo, _) = history(&bench);
    let before = repo.git(&["rev-parse", "main"]);
    let bad = repo.write("app/a.yaml", config("a", "worse")).write("other/x.yaml", "1").commit();
    for (folder, file) in [("other", "other/x.yaml"), ("app", "app/a.yaml")] {
        let revert =
            Revert { before: Some(before.clone()), reads: reads(&[folder]), ..wanted(&repo.url(), &bad, Manner::Push) };
        let Reverted::Pushed(_) = done(&bench, &revert).await.unwrap() else { panic!("{folder} was not pushed") };
        assert_eq!(repo.git(&["diff", "--name-only", "main^", "main"]), file);
        assert_eq!(done(&bench, &revert).await.unwrap(), Reverted::Already);
    }
}

#[tokio::test]
async fn bases_charts_and_values_are_undone_too() {
    let bench = Bench::new().await;
    let (repo, _) = history(&bench);
    repo.write("over/prod/kustomization.yaml", "resources: [../../base]\nimages: []\n");
    repo.write("base/kustomization.yaml", "resources: [d.yaml]\n").write("base/d.yaml", "good");
    repo.write("chart/Chart.yaml", "dependencies: [{name: lib, repository: 'file://../lib'}]\n")
        .write("lib/t.yaml", "good");
    let before =
        repo.write("values/prod.yaml", "good").write("flat/a.yaml", "good").write("flat/team/b.yaml", "1").commit();
    for file in ["base/d.yaml", "lib/t.yaml", "values/prod.yaml", "flat/a.yaml"] {
        repo.write(file, "bad");
    }
    let bad = repo.write("flat/team/b.yaml", "2").write("over/dev/x.yaml", "2").commit();
    let wide = Reads {
        flat: vec!["flat".to_owned()],
        others: vec!["values/prod.yaml".to_owned()],
        ..reads(&["over/prod", "chart", "flat"])
    };
    let revert = Revert { before: Some(before), reads: wide, ..wanted(&repo.url(), &bad, Manner::Push) };
    done(&bench, &revert).await.unwrap();
    let undone = "base/d.yaml\nflat/a.yaml\nlib/t.yaml\nvalues/prod.yaml";
    assert_eq!(repo.git(&["diff", "--name-only", "main^", "main"]), undone);
}

#[tokio::test]
async fn what_is_not_known_to_have_brought_it_is_left_to_people() {
    let bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let last = repo.git(&["rev-parse", "main"]);
    let elsewhere = Revert { reads: reads(&["other"]), ..wanted(&repo.url(), &bad, Manner::Push) };
    let said = done(&bench, &elsewhere).await.unwrap_err().text;
    assert!(said.contains("nothing that the Application is seen to read changed"), "{said}");
    let odd = Revert { before: Some("--output=x".to_owned()), ..wanted(&repo.url(), &bad, Manner::Push) };
    let said = done(&bench, &odd).await.unwrap_err().text;
    assert!(said.contains("\"--output=x\" is no commit: revert by hand"), "{said}");
    let gone = Revert { before: Some("1".repeat(40)), ..wanted(&repo.url(), &bad, Manner::Push) };
    let said = done(&bench, &gone).await.unwrap_err().text;
    assert!(said.contains("which was deployed before, does not lead to it: revert by hand"), "{said}");
    assert_eq!(repo.git(&["rev-parse", "main"]), last);
}

/// A server of repositories with an API of pull requests: what answers a question of it, by method and path.
fn forge(bench: &mut Bench, api: impl Fn(&str, &Ask) -> Option<Value> + Send + Sync + 'static) -> Server {
    let root = bench.dir().to_owned();
    let server = Server::start(move |ask| {
        if !ask.path.starts_with("/api/") {
            // The repository lies in a folder with its files.
            return backend(&root, &Ask { path: ask.path.replace("app.git", "app/.git"), ..ask.clone() });
        }
        match api(&format!("{} {}", ask.method, ask.path), ask) {
            Some(answer) => Answer::of(200, answer.to_string()),
            None => Answer::of(404, "{}"),
        }
    });
    let data = [("url", server.url()), ("username", "user".to_owned()), ("password", "hunter2-token".to_owned())];
    let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value)).into();
    bench.credentials.add(SecretType::Template, "the-secret", &data);
    server
}

/// Proposes twice at a server whose API is `api`: a pull request is opened once, as the API wants it.
async fn proposes(
    kind: &'static str,
    version: &'static str,
    (known, open): (&'static str, &'static str),
    link: &'static str,
) {
    let mut bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let before = repo.git(&["rev-parse", "main"]);
    let opened: Arc<Mutex<Vec<Value>>> = Arc::default();
    let here = Arc::clone(&opened);
    let branch = wanted("", &bad, Manner::PullRequest).branch();
    let known = known.replace("BRANCH", &branch.replace('/', "%2F"));
    let server = forge(&mut bench, move |asked, ask| {
        let mut opened = here.lock().unwrap();
        let request = json!({link: "https://host/pull/7"});
        if asked == format!("GET {version}") {
            return Some(json!({"version": "1"}));
        }
        if asked == format!("POST {open}") {
            opened.push(serde_json::from_slice(&ask.body).unwrap());
            return Some(request);
        }
        let list = kind != "gitea";
        match (format!("{asked}?{}", ask.query).trim_end_matches('?') == format!("GET {known}"), opened.is_empty()) {
            (true, true) => list.then(|| json!([])),
            (true, false) => Some(if list { json!([request]) } else { request }),
            _ => None,
        }
    });
    let revert = wanted(&format!("{}/org/app.git", server.url()), &bad, Manner::PullRequest);
    for _ in 0..2 {
        assert_eq!(done(&bench, &revert).await, Ok(Reverted::Proposed("https://host/pull/7".to_owned())), "{kind}");
    }
    assert_eq!(repo.git(&["rev-parse", "main", &format!("{branch}^")]), format!("{before}\n{before}"));
    assert_eq!(repo.git(&["show", &format!("{branch}:app/a.yaml")]), config("a", "good").trim());
    let opened = opened.lock().unwrap();
    assert_eq!(opened.len(), 1);
    let text = opened[0].to_string();
    assert!(text.contains(&branch) && text.contains("\"main\"") && text.contains(&bad), "{text}");
    let asked = server.asked.lock().unwrap();
    let api = asked.iter().filter(|ask| ask.path.starts_with("/api/"));
    assert!(api.clone().count() > 4);
    assert!(api.into_iter().all(|ask| ask.header("authorization").ends_with(" hunter2-token")));
}

#[tokio::test]
async fn a_pull_request_is_opened_once_at_github() {
    let pulls = "/api/v3/repos/org/app/pulls";
    let known = "/api/v3/repos/org/app/pulls?state=all&head=org:BRANCH&base=main";
    proposes("github", "/api/v3/meta", (known, pulls), "html_url").await;
}

#[tokio::test]
async fn a_merge_request_is_opened_once_at_gitlab() {
    let known = "/api/v4/projects/org%2Fapp/merge_requests?state=all&source_branch=BRANCH&target_branch=main";
    proposes("gitlab", "/api/v4/version", (known, "/api/v4/projects/org%2Fapp/merge_requests"), "web_url").await;
}

#[tokio::test]
async fn a_pull_request_is_opened_once_at_gitea() {
    let known = "/api/v1/repos/org/app/pulls/main/BRANCH";
    proposes("gitea", "/api/v1/version", (known, "/api/v1/repos/org/app/pulls"), "html_url").await;
}

/// The commit is in two branches: what is proposed into the one must not bring along the other.
#[tokio::test]
async fn each_branch_has_a_proposal_of_its_own() {
    let mut bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let prod = repo.git(&["rev-parse", "main"]);
    repo.git(&["branch", "prod"]);
    repo.write("app/dev.yaml", "1").commit();
    let server = forge(&mut bench, |asked, _| match asked {
        "GET /api/v4/version" => Some(json!({"version": "1"})),
        _ if asked.starts_with("POST ") => Some(json!({"web_url": "https://host/pull/7"})),
        _ => Some(json!([])),
    });
    let dev = wanted(&format!("{}/org/app.git", server.url()), &bad, Manner::PullRequest);
    let into_prod = Revert { revision: "prod".to_owned(), ..dev.clone() };
    for revert in [&dev, &into_prod] {
        done(&bench, revert).await.unwrap();
    }
    assert_eq!(repo.git(&["rev-parse", &format!("{}^", into_prod.branch())]), prod);
    repo.git(&["branch", "--force", &into_prod.branch(), "main"]);
    let said = done(&bench, &into_prod).await.unwrap_err().text;
    assert!(said.contains("is there, and has commits that prod has not: delete it"), "{said}");
}

#[tokio::test]
async fn a_server_without_pull_requests_gets_no_branch() {
    let mut bench = Bench::new().await;
    let (repo, bad) = history(&bench);
    let server = forge(&mut bench, |_, _| None);
    let revert = wanted(&format!("{}/org/app.git", server.url()), &bad, Manner::PullRequest);
    let error = done(&bench, &revert).await.unwrap_err();
    assert!(error.text.contains("is neither GitHub, GitLab nor Gitea"), "{}", error.text);
    assert!(!error.text.contains("hunter2"));
    assert_eq!(repo.git(&["branch", "--list", "sluice/*"]), "");
}
