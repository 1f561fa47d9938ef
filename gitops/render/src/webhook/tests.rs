use serde_json::{Value, json};

use super::*;

fn signed(secret: &str, body: &[u8]) -> String {
    crate::cache::hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body).as_ref())
}

fn told(headers: &[(&str, &str)], body: &Value, secrets: &Secrets) -> Result<Option<Push>, Refused> {
    let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    read(header, body.to_string().as_bytes(), secrets)
}

fn secrets(name: &str) -> Secrets {
    Secrets::new(&[(name.to_owned(), "hunter2\n".to_owned()), ("admin.password".to_owned(), "x".to_owned())].into())
}

fn github() -> Value {
    json!({
        "ref": "refs/heads/main", "forced": false,
        "repository": {"html_url": "https://github.com/org/app", "clone_url": "https://github.com/org/app.git", "ssh_url": "git@github.com:org/app.git", "default_branch": "main"},
        "commits": [
            {"added": ["b/new.yaml"], "removed": [], "modified": ["a/x.yaml"]},
            {"added": [], "removed": ["a/old.yaml"], "modified": ["a/x.yaml"]},
        ],
    })
}

fn source(url: &str, revision: &str) -> ApplicationSource {
    ApplicationSource { repo_url: url.to_owned(), target_revision: Some(revision.to_owned()), ..Default::default() }
}

#[test]
fn each_sender_tells_what_was_pushed() {
    let all = Secrets::default();
    let push = told(&[("x-github-event", "push")], &github(), &all).unwrap().unwrap();
    assert_eq!(push.changed.unwrap(), ["a/old.yaml", "a/x.yaml", "b/new.yaml"]);
    assert_eq!((push.refs, push.own_branch.unwrap()), (vec!["refs/heads/main".to_owned()], "main".to_owned()));
    let gitlab = json!({
        "ref": "refs/tags/v1.2.0", "total_commits_count": 1, "commits": [{"added": ["a"], "modified": [], "removed": []}],
        "project": {"web_url": "https://gitlab.com/g/app", "git_ssh_url": "git@gitlab.com:g/app.git", "default_branch": "main"},
    });
    let push = told(&[("x-gitlab-event", "Tag Push Hook")], &gitlab, &all).unwrap().unwrap();
    assert_eq!((push.addresses.len(), push.changed), (2, Some(vec!["a".to_owned()])));
    let cloud = json!({
        "repository": {"full_name": "org/app", "links": {"html": {"href": "https://bitbucket.org/org/app"}}},
        "push": {"changes": [{"new": {"type": "branch", "name": "main"}}, {"new": null, "old": {"type": "tag", "name": "v1"}}]},
    });
    let push = told(&[("x-event-key", "repo:push"), ("x-hook-uuid", "u")], &cloud, &all).unwrap().unwrap();
    assert_eq!(push.refs, ["refs/heads/main", "refs/tags/v1"]);
    assert!(push.concerns(&source("git@bitbucket.org:org/app", "main")));
    let server = json!({
        "repository": {"links": {"clone": [{"href": "https://host/scm/org/app.git"}, {"href": "ssh://git@host:7999/org/app.git"}]}},
        "changes": [{"ref": {"id": "refs/heads/main"}}],
    });
    let push = told(&[("x-event-key", "repo:refs_changed")], &server, &all).unwrap().unwrap();
    assert_eq!((push.addresses.len(), push.changed), (2, None));
}

#[test]
fn what_is_no_push_is_nothing_and_what_is_no_message_is_refused() {
    let all = Secrets::default();
    assert_eq!(told(&[("x-github-event", "ping")], &json!({}), &all), Ok(None));
    assert_eq!(told(&[("x-github-event", "push")], &json!({"ref": 5}), &all), Ok(None));
    assert!(told(&[("accept", "*/*")], &json!({}), &all).unwrap_err().to_string().contains("no header says who"));
    let form = read(|name| (name == "x-github-event").then_some("push"), b"payload=%7B%7D", &all);
    assert!(form.unwrap_err().to_string().contains("application/json"));
    let long = read(|name| (name == "x-github-event").then_some("push"), &vec![b' '; LONGEST + 1], &all);
    assert_eq!(long, Err(Refused::TooLong));
}

#[test]
fn a_message_must_be_signed_where_there_is_a_secret() {
    let body = github();
    let good = signed("hunter2", body.to_string().as_bytes());
    let hub = format!("sha256={good}");
    let check = |name: &'static str, event: (&str, &str), header: &str, proof: &str| {
        let with = |proof: &str| told(&[event, (header, proof)], &body, &secrets(name));
        assert!(with(proof).is_ok(), "{name}");
        for bad in ["", "sha256=", "hunter3", &signed("other", body.to_string().as_bytes()), "sha256=zz", &proof[1..]] {
            assert_eq!(with(bad), Err(Refused::Unsigned(name)), "{name} {bad}");
        }
    };
    check("webhook.github.secret", ("x-github-event", "push"), "x-hub-signature-256", &hub);
    check("webhook.gogs.secret", ("x-gitea-event", "push"), "x-gitea-signature", &good);
    check("webhook.gogs.secret", ("x-gogs-event", "push"), "x-gogs-signature", &good);
    check("webhook.gitlab.secret", ("x-gitlab-event", "Push Hook"), "x-gitlab-token", "hunter2");
    check("webhook.bitbucketserver.secret", ("x-event-key", "repo:refs_changed"), "x-hub-signature", &hub);
    let cloud = |uuid: &str| {
        told(&[("x-event-key", "repo:push"), ("x-hook-uuid", uuid)], &body, &secrets("webhook.bitbucket.uuid"))
    };
    assert!(cloud("hunter2").is_ok() && cloud("hunter3").is_err());
    assert!(!format!("{:?}", secrets("webhook.github.secret")).contains("hunter2"));
    // Who names another sender does not get around the secret.
    let other = told(&[("x-gogs-event", "push")], &body, &secrets("webhook.github.secret"));
    assert_eq!(other, Err(Refused::Unsigned("webhook.gogs.secret")));
}

#[test]
fn a_push_concerns_who_follows_what_was_pushed() {
    let push = told(&[("x-github-event", "push")], &github(), &Secrets::default()).unwrap().unwrap();
    let here = "ssh://git@github.com/org/app";
    for revision in ["", "HEAD", "main", "refs/heads/main"] {
        assert!(push.concerns(&source(here, revision)), "{revision}");
    }
    for revision in ["dev", "^1.0.0", "v1.0.0", &"a".repeat(40)] {
        assert!(!push.concerns(&source(here, revision)), "{revision}");
    }
    assert!(!push.concerns(&source("https://github.com/org/app2", "main")));
    assert!(!push.concerns(&ApplicationSource { chart: Some("app".to_owned()), ..source(here, "") }));
    let tag = Push { refs: vec!["refs/tags/v1.2.0".to_owned()], ..push };
    assert!(tag.concerns(&source(here, "^1.0.0")) && tag.concerns(&source(here, "v1.2.0")));
    assert!(!tag.concerns(&source(here, "HEAD")) && !tag.concerns(&source(here, "main")));
}

#[test]
fn files_that_are_not_all_told_are_unknown() {
    let changed = |parts: Value| {
        let mut body = github();
        body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        told(&[("x-github-event", "push")], &body, &Secrets::default()).unwrap().unwrap().changed
    };
    assert!(changed(json!({})).is_some());
    assert_eq!(changed(json!({"total_commits": 3})), None);
    assert_eq!(changed(json!({"forced": true})), None);
    assert_eq!(changed(json!({"commits": []})), None);
}
