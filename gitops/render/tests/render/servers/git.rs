//! Git over HTTP: git's own server program behind a door.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use sluice_render::Kind;
use sluice_render::credentials::SecretType;

use super::http::{Answer, Ask, Server};
use crate::bench::{Bench, config, shown};

/// `user:hunter2-token`
pub(crate) const BASIC: &str = "Basic dXNlcjpodW50ZXIyLXRva2Vu";

/// Runs `git http-backend` for one request.
pub(crate) fn backend(root: &Path, ask: &Ask) -> Answer {
    let mut git = Command::new("git");
    git.arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory").env("GIT_CONFIG_VALUE_0", "*");
    git.env("PATH_INFO", &ask.path).env("QUERY_STRING", &ask.query).env("REQUEST_METHOD", &ask.method);
    git.env("CONTENT_TYPE", ask.header("content-type")).env("CONTENT_LENGTH", ask.body.len().to_string());
    git.env("HTTP_CONTENT_ENCODING", ask.header("content-encoding")).env("GIT_PROTOCOL", ask.header("git-protocol"));
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&ask.body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|part| part == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut answer = Answer::of(200, output.get(end + 4..).unwrap_or_default());
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        match name {
            "Status" => answer.status = value[..3].parse().unwrap(),
            _ => answer = answer.with(name, value),
        }
    }
    answer
}

/// A server of the repositories in a folder, for whoever has the token.
fn server(root: PathBuf) -> Server {
    Server::start(move |ask| match ask.header("authorization") {
        BASIC => backend(&root, ask),
        _ => Answer::of(401, "who are you?").with("WWW-Authenticate", "Basic realm=\"git\""),
    })
}

fn secret(bench: &mut Bench, kind: SecretType, url: &str, password: &str) {
    let data = [("url", url), ("username", "user"), ("password", password)];
    let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    bench.credentials.add(kind, "the-secret", &data);
}

#[tokio::test]
async fn a_repository_is_fetched_with_the_token_of_its_secret() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let first = repo.write("app/a.yaml", config("a", "1")).commit();
    repo.write("app/a.yaml", config("a", "2")).commit();
    let server = server(bench.dir().to_owned());
    let source = json!({"repoURL": format!("{}/app/.git", server.url()), "path": "app"});
    let error = bench.render(source.clone()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.text.contains("secret-type: repository or repo-creds"), "{}", error.text);
    secret(&mut bench, SecretType::Template, &server.url(), "hunter2-token");
    assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap a {\"value\":\"2\"}\n");
    // An older commit, which no branch names any more, by itself.
    bench.revisions = vec![first];
    assert_eq!(shown(&bench.render(source).await), "ConfigMap a {\"value\":\"1\"}\n");
}

#[tokio::test]
async fn no_error_shows_a_password() {
    let mut bench = Bench::new().await;
    bench.repository("app").write("app/a.yaml", config("a", "1")).commit();
    let server = server(bench.dir().to_owned());
    secret(&mut bench, SecretType::Repository, &format!("{}/app/.git", server.url()), "hunter2-wrong");
    let own = format!("{}/app/.git", server.url());
    let in_url = own.replace("http://", "http://user:hunter2-in-url@");
    for url in [own, in_url] {
        let error = bench.render(json!({"repoURL": url, "path": "app"})).await.unwrap_err();
        assert!(!error.text.contains("hunter2") && !error.text.contains("aHVudGVyMi"), "{}", error.text);
    }
}

/// Two who reach a repository with different credentials share nothing: whoever may not fetch a commit does not get it because
/// somebody else did, even if he knows its hash.
#[tokio::test]
async fn what_one_may_fetch_another_does_not_get() {
    let mut bench = Bench::new().await;
    let commit = bench.repository("app").write("app/a.yaml", config("a", "1")).commit();
    let server = server(bench.dir().to_owned());
    let url = format!("{}/app/.git", server.url());
    let source = json!({"repoURL": url, "path": "app", "targetRevision": commit});
    secret(&mut bench, SecretType::Repository, &url, "hunter2-token");
    assert!(bench.render(source.clone()).await.is_ok());
    bench.credentials = sluice_render::credentials::Credentials::default();
    assert_eq!(bench.render(source).await.unwrap_err().kind, Kind::Unreachable);
}

/// A repository may move, but its credentials go to nobody else: git itself would send them along with what it posts there.
#[tokio::test]
async fn credentials_do_not_follow_a_redirect() {
    let mut bench = Bench::new().await;
    bench.repository("app").write("app/a.yaml", config("a", "1")).commit();
    let root = bench.dir().to_owned();
    let thief = Server::start(move |ask| backend(&root, ask));
    let there = thief.url().replace("127.0.0.1", "localhost");
    let moved =
        Server::start(move |ask| Answer::of(301, "").with("Location", format!("{there}{}?{}", ask.path, ask.query)));
    let url = format!("{}/app/.git", moved.url());
    let source = json!({"repoURL": url, "path": "app"});
    assert_eq!(
        shown(&bench.render(source.clone()).await),
        "ConfigMap a {\"value\":\"1\"}\n",
        "nothing is to be stolen"
    );
    let asked = (moved.authorizations().len(), thief.authorizations().len());
    secret(&mut bench, SecretType::Repository, &url, "hunter2-token");
    let error = bench.render(source).await.unwrap_err();
    assert!(error.text.contains("write the address that it redirects to"), "{}", error.text);
    assert_eq!(moved.authorizations()[asked.0..], [BASIC]);
    assert_eq!(thief.authorizations()[asked.1..], [""; 0]);
}

#[tokio::test]
async fn many_applications_of_a_repository_ask_it_once() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    for n in 0..20 {
        repo.write(&format!("apps/{n}/a.yaml"), config("a", "1"));
    }
    repo.commit();
    let server = server(bench.dir().to_owned());
    let url = format!("{}/app/.git", server.url());
    secret(&mut bench, SecretType::Repository, &url, "hunter2-token");
    let sources: Vec<_> = (0..20).map(|n| json!({"repoURL": url, "path": format!("apps/{n}")})).collect();
    let all = futures::future::join_all(sources.iter().map(|source| bench.render(source.clone()))).await;
    assert!(all.iter().all(Result::is_ok));
    let asked = |server: &Server, what: &str| {
        server.asked.lock().unwrap().iter().filter(|ask| ask.query.contains(what) || ask.path.ends_with(what)).count()
    };
    // One to list, one to fetch.
    assert_eq!(asked(&server, "service=git-upload-pack"), 2);
    bench.later(100);
    let all = futures::future::join_all(sources.iter().map(|source| bench.render(source.clone()))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(asked(&server, "service=git-upload-pack"), 3, "an unchanged repository is only asked what it has");
}

/// Some servers give whole branches only.
#[tokio::test]
async fn servers_without_single_commits_are_fetched_whole() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    let first = repo.write("app/a.yaml", config("a", "1")).commit();
    repo.write("app/a.yaml", config("a", "2")).commit();
    repo.git(&["update-server-info"]);
    // Plain files, as any web server gives them: the dumb protocol.
    let root = bench.dir().to_owned();
    let server = Server::start(move |ask| match std::fs::read(root.join(ask.path.trim_start_matches('/'))) {
        Ok(body) => Answer::of(200, body),
        Err(_) => Answer::of(404, ""),
    });
    let source = json!({"repoURL": format!("{}/app/.git", server.url()), "path": "app"});
    assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap a {\"value\":\"2\"}\n");
    bench.revisions = vec![first];
    assert_eq!(shown(&bench.render(source).await), "ConfigMap a {\"value\":\"1\"}\n");
}
