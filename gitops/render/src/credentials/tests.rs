use super::*;
use crate::error::Kind;

fn data(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Secrets as `name: kind url project password`.
fn given(secrets: &[(&str, SecretType, &str, &str, &str)]) -> Credentials {
    let mut all = Credentials::default();
    for (name, kind, url, project, password) in secrets {
        all.add(*kind, name, &data(&[("url", url), ("project", project), ("password", password)]));
    }
    all
}

use SecretType::{Repository, Template};

#[test]
fn the_nearest_secret_wins() {
    let all = given(&[
        ("any", Template, "https://host", "", "any-host"),
        ("org", Template, "https://host/org", "", "any-org"),
        ("own", Repository, "https://host/org/own.git", "", "its-own"),
        ("team", Repository, "https://host/org/own", "team", "its-own-for-team"),
        ("bare", Repository, "https://host/org/bare", "", ""),
    ]);
    let password = |url: &str, project: &str| all.access(url, project).unwrap().password.reveal().to_owned();
    assert_eq!(password("https://host/org/own", "shop"), "its-own");
    assert_eq!(password("https://host/org/own", "team"), "its-own-for-team");
    assert_eq!(password("https://host/org/bare", "shop"), "any-org", "a Secret that names nobody takes the template's");
    assert_eq!(password("https://host/org/other", "shop"), "any-org");
    assert_eq!(password("https://host/orgies/other", "shop"), "any-host");
    assert_eq!(password("https://host.evil/org/other", "shop"), "");
}

#[test]
fn a_projects_secret_is_for_no_other_project() {
    let all = given(&[("team", Template, "https://host/org", "team", "for-team")]);
    assert!(!all.access("https://host/org/repo", "team").unwrap().password.is_empty());
    assert!(all.access("https://host/org/repo", "shop").unwrap().password.is_empty());
    assert!(all.access("https://host/org/repo", "").unwrap().password.is_empty());
}

#[test]
fn registries_are_found_without_their_scheme() {
    let all = given(&[("registry", Template, "registry.example.com/charts", "", "pass")]);
    assert!(!all.access("oci://registry.example.com/charts/web", "").unwrap().password.is_empty());
}

#[test]
fn a_secret_that_cannot_be_used_says_so_to_its_own_repositories_alone() {
    let mut all = Credentials::default();
    all.add(Repository, "app", &data(&[("url", "https://host/a"), ("githubAppPrivateKey", "hunter2-key")]));
    all.add(Repository, "odd", &data(&[("url", "https://host/b"), ("insecure", "hunter2-yes")]));
    let error = all.access("https://host/a", "").unwrap_err();
    assert_eq!(error.kind, Kind::Spec);
    assert_eq!(error.text, "Secret app: githubAppPrivateKey is not supported: use a token or a deploy key");
    assert_eq!(all.access("https://host/b", "").unwrap_err().text, "Secret odd: insecure is neither true nor false");
    assert!(all.access("https://host/c", "").is_ok());
    assert!(!format!("{all:?}").contains("hunter2"));
}

#[test]
fn nothing_shows_a_secret() {
    let mut all = Credentials::default();
    let secrets = [("password", "hunter2-pw"), ("sshPrivateKey", "hunter2-key"), ("tlsClientCertKey", "hunter2-tls")];
    all.add(
        Repository,
        "all",
        &data(&[&[("url", "https://host/a"), ("bearerToken", "hunter2-b")], &secrets[..]].concat()),
    );
    let access = all.access("https://host/a", "").unwrap();
    assert!(!format!("{access:?} {all:?}").contains("hunter2"));
    let basic = access.basic().unwrap();
    let text = access.redact(&format!("hunter2-pw hunter2-key {}", basic.reveal()));
    assert_eq!(text, "***** ***** *****");
}
