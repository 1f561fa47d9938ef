//! What projects let through, and what they say where they do not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::needless_pass_by_value, missing_docs)]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::AppProject;
use sluice_crds::violation::in_lines;
use sluice_gitops::project::{Place, Project};
use sluice_gitops::{Key, Object};

fn platform() -> Value {
    let file = include_str!("../../crds/tests/fixtures/appproject_platform.yaml");
    serde_saphyr::from_str::<Value>(file).unwrap()["spec"].take()
}

fn read(spec: Value) -> Result<Project, String> {
    let spec = serde_json::from_value(spec).unwrap();
    Project::read("platform", &spec).map(|(project, _)| project).map_err(|wrong| in_lines(&wrong))
}

fn in_cluster(namespace: &str) -> Place {
    let [server, name, namespace] = ["https://kubernetes.default.svc", "in-cluster", namespace].map(str::to_owned);
    Place { server, name, namespace, project: None }
}

/// What a project says of repositories, namespaces and objects, a line each.
fn check(spec: Value, asked: &[&str], expected: Expect) {
    let project = match read(spec) {
        Ok(project) => project,
        Err(wrong) => return expected.assert_eq(&wrong),
    };
    let mut said = String::new();
    for one in asked {
        let answer = match one.split_once(' ').unwrap() {
            ("from", url) => project.permits_source(url),
            ("to", namespace) => project.permits_place(&in_cluster(namespace)),
            ("at", server) => {
                project.permits_place(&Place { server: server.to_owned(), name: String::new(), ..in_cluster("web") })
            }
            ("home", namespace) => project.permits_home(namespace),
            (kind, name) => project.permits(&key(kind, name), &in_cluster("bookverse-dev")),
        };
        let answer = answer.map_or_else(|refusal| refusal.to_string(), |()| "yes".to_owned());
        writeln!(said, "{one}: {answer}").unwrap();
    }
    expected.assert_eq(&said);
}

/// `GROUP/KIND` and `NAMESPACE/NAME`, or a name alone.
fn key(kind: &str, name: &str) -> Key {
    let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    Key::new(group, kind, namespace, name)
}

#[test]
fn the_platform_project_lets_through_what_its_lists_have_and_nothing_else() {
    check(
        platform(),
        &[
            "from https://github.com/bookverse/helm-charts",
            "from https://github.com/BookVerse/helm-charts.git",
            "from https://github.com/other/helm-charts",
            "to bookverse-dev",
            "to argocd",
            "at https://elsewhere.example.com",
            "Namespace bookverse-dev",
            "rbac.authorization.k8s.io/ClusterRole reader",
            "storage.k8s.io/StorageClass fast",
            "ConfigMap bookverse-dev/settings",
            "apps/Deployment bookverse-dev/web",
            "apps/Deployment kube-system/web",
            "argoproj.io/Rollout bookverse-dev/web",
            "rbac.authorization.k8s.io/Role bookverse-dev/reader",
            "home team-web",
        ],
        expect![[r#"
            from https://github.com/bookverse/helm-charts: yes
            from https://github.com/BookVerse/helm-charts.git: yes
            from https://github.com/other/helm-charts: repository https://github.com/other/helm-charts is not allowed; add it to the list (spec.sourceRepos of project platform)
            to bookverse-dev: yes
            to argocd: namespace "argocd" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project platform)
            at https://elsewhere.example.com: namespace "web" of cluster https://elsewhere.example.com is not allowed; add it to the list (spec.destinations of project platform)
            Namespace bookverse-dev: yes
            rbac.authorization.k8s.io/ClusterRole reader: yes
            storage.k8s.io/StorageClass fast: storage.k8s.io/StorageClass fast is of a kind that is not allowed; add {group: "storage.k8s.io", kind: StorageClass} (spec.clusterResourceWhitelist of project platform)
            ConfigMap bookverse-dev/settings: yes
            apps/Deployment bookverse-dev/web: yes
            apps/Deployment kube-system/web: namespace "kube-system" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project platform)
            argoproj.io/Rollout bookverse-dev/web: argoproj.io/Rollout bookverse-dev/web is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project platform)
            rbac.authorization.k8s.io/Role bookverse-dev/reader: rbac.authorization.k8s.io/Role bookverse-dev/reader is of a kind that is not allowed; add {group: "rbac.authorization.k8s.io", kind: Role} (spec.namespaceResourceWhitelist of project platform)
            home team-web: Applications of this project must not be in namespace team-web; add it to the list (spec.sourceNamespaces of project platform)
        "#]],
    );
}

#[test]
fn an_empty_project_lets_nothing_through_but_kinds_of_namespaces() {
    check(
        json!({}),
        &["from https://x", "to web", "Namespace web", "ConfigMap web/a"],
        expect![[r#"
            from https://x: repository https://x is not allowed; add it to the list (spec.sourceRepos of project platform)
            to web: namespace "web" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project platform)
            Namespace web: Namespace web is of a kind that is not allowed; add {group: "", kind: Namespace} (spec.clusterResourceWhitelist of project platform)
            ConfigMap web/a: namespace "web" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project platform)
        "#]],
    );
}

#[test]
fn a_refusing_repository_pattern_counts_for_all_that_it_does_not_refuse() {
    check(
        json!({"sourceRepos": ["!https://git.example.com/secret/*"]}),
        &[
            "from https://git.example.com/open/a",
            "from https://git.example.com/secret/a",
            "from https://git.example.com/secret/a/b",
        ],
        expect![[r#"
            from https://git.example.com/open/a: yes
            from https://git.example.com/secret/a: repository https://git.example.com/secret/a is refused by "!https://git.example.com/secret/*" (spec.sourceRepos of project platform)
            from https://git.example.com/secret/a/b: yes
        "#]],
    );
}

#[test]
fn a_refused_namespace_stays_refused_whatever_else_lets_it_through() {
    check(
        json!({"destinations": [
            {"server": "*", "namespace": "*"},
            {"server": "https://kubernetes.default.svc", "namespace": "!kube-*"},
            {"name": "!*-prod", "namespace": "*"},
        ]}),
        &["to web", "to kube-system", "at https://other"],
        expect![[r#"
            to web: yes
            to kube-system: namespace "kube-system" of cluster in-cluster is refused (spec.destinations of project platform)
            at https://other: yes
        "#]],
    );
}

#[test]
fn lists_of_kinds_allow_and_take_back() {
    check(
        json!({
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}, {"group": "", "kind": "Namespace", "name": "web-*"}],
            "clusterResourceBlacklist": [{"group": "rbac.authorization.k8s.io", "kind": "Cluster*"}],
            "namespaceResourceBlacklist": [{"group": "", "kind": "[RL]*"}],
        }),
        &["Namespace web", "rbac.authorization.k8s.io/ClusterRole x", "ResourceQuota a/b", "ConfigMap a/b"],
        expect![[r#"
            Namespace web: yes
            rbac.authorization.k8s.io/ClusterRole x: rbac.authorization.k8s.io/ClusterRole x is of a kind that is refused (spec.clusterResourceBlacklist of project platform)
            ResourceQuota a/b: ResourceQuota a/b is of a kind that is refused (spec.namespaceResourceBlacklist of project platform)
            ConfigMap a/b: yes
        "#]],
    );
    check(
        json!({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "web-*"}], "namespaceResourceWhitelist": []}),
        &["Namespace web-a", "Namespace api-a", "ConfigMap a/b"],
        expect![[r#"
            Namespace web-a: yes
            Namespace api-a: Namespace api-a is of a kind that is not allowed; add {group: "", kind: Namespace} (spec.clusterResourceWhitelist of project platform)
            ConfigMap a/b: ConfigMap a/b is of a kind that is not allowed; add {group: "", kind: ConfigMap} (spec.namespaceResourceWhitelist of project platform)
        "#]],
    );
}

#[test]
fn only_its_own_clusters_where_it_says_so() {
    let spec = json!({"destinations": [{"server": "*", "namespace": "*"}], "permitOnlyProjectScopedClusters": true});
    let project = read(spec).unwrap();
    let of =
        |owner: Option<&str>| project.permits_place(&Place { project: owner.map(str::to_owned), ..in_cluster("web") });
    assert!(of(Some("platform")).is_ok());
    assert!(of(Some("other")).is_err());
    assert!(of(None).is_err());
}

#[test]
fn the_first_account_that_fits_is_acted_as() {
    let accounts = json!([
        {"server": "https://kubernetes.default.svc", "namespace": "web-*", "defaultServiceAccount": "deployer"},
        {"server": "*", "namespace": "*", "defaultServiceAccount": "ops:deployer"},
    ]);
    let project = read(json!({"destinationServiceAccounts": accounts})).unwrap();
    let user = |namespace: &str| {
        let account = project.destinations.account(&in_cluster(namespace)).unwrap();
        account.user(namespace)
    };
    assert_eq!(user("web-dev"), "system:serviceaccount:web-dev:deployer");
    assert_eq!(user("api"), "system:serviceaccount:ops:deployer");
}

#[test]
fn each_blocked_object_is_named_with_the_rule_that_blocks_it() {
    let object = |api: &str, kind: &str, namespace: Option<&str>| {
        Object::from(json!({"apiVersion": api, "kind": kind, "metadata": {"name": "web", "namespace": namespace}}))
    };
    let objects = [
        object("apps/v1", "Deployment", Some("bookverse-dev")),
        object("argoproj.io/v1alpha1", "Rollout", Some("bookverse-dev")),
        object("traefik.io/v1alpha1", "TraefikService", Some("bookverse-dev")),
        object("v1", "Secret", Some("argocd")),
    ];
    let blocked = read(platform()).unwrap().blocked(&objects, &in_cluster("bookverse-dev"));
    let shown: Vec<_> = blocked.iter().map(|one| format!("{} by {}", one.key, one.refusal.field)).collect();
    let expected = [
        "argoproj.io/Rollout bookverse-dev/web by spec.namespaceResourceWhitelist",
        "traefik.io/TraefikService bookverse-dev/web by spec.namespaceResourceWhitelist",
        "Secret argocd/web by spec.destinations",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn objects_that_belong_to_nobody_count_unless_every_namespace_has_them_or_a_pattern_does() {
    let ignore = json!([{"group": "apps", "kind": "Deployment", "name": "tmp-*"}, {"kind": "Secret"}]);
    let orphans = read(json!({"orphanedResources": {"ignore": ignore}})).unwrap().orphans.unwrap();
    assert!(orphans.warn);
    for (kind, name, counts) in [
        ("ConfigMap", "a/kube-root-ca.crt", false),
        ("ServiceAccount", "a/default", false),
        ("Service", "default/kubernetes", false),
        ("apps/Deployment", "a/tmp-1", false),
        ("apps/Deployment", "a/web", true),
        ("Secret", "a/b", false),
        ("x/Secret", "a/b", true),
    ] {
        assert_eq!(orphans.counts(&key(kind, name)), counts, "{kind} {name}");
    }
}

#[test]
fn homes_are_patterns_or_regular_expressions() {
    let project = read(json!({"sourceNamespaces": ["team-*", "/^app-[0-9]+$/"]})).unwrap();
    for (namespace, allowed) in [("team-web", true), ("app-12", true), ("app-x", false), ("other", false)] {
        assert_eq!(project.permits_home(namespace).is_ok(), allowed, "{namespace}");
    }
}

#[test]
fn what_a_project_names_twice_is_told_and_stops_nothing() {
    let twice = json!({
        "destinations": [{"server": "a"}, {"server": "a"}],
        "roles": [{"name": "b"}, {"name": "b"}],
    });
    let (_, doubtful) = Project::read("p", &serde_json::from_value(twice).unwrap()).unwrap();
    expect![[r#"
        spec.destinations[1]: is given twice
        spec.roles[1].name: "b" is given twice
    "#]]
    .assert_eq(&in_lines(&doubtful));
}

#[test]
fn every_mistake_of_a_project_is_named_with_its_field() {
    check(
        json!({
            "sourceRepo": ["*"],
            "sourceRepos": ["!*", "https://{a"],
            "destinations": [
                {"namespace": "web"}, {"server": "*", "namespace": "!*"}, {"server": "[", "namespace": "a"},
                {"server": "a"}, {"server": "a"},
            ],
            "destinationServiceAccounts": [{"server": "*", "namespace": "*", "defaultServiceAccount": "a:b:c"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "[", "nam": 1}],
            "sourceNamespaces": ["/(/"],
            "orphanedResources": {"ignore": [{"kind": "{"}]},
            "reverts": ["push", "pull_request"],
            "syncWindows": [
                {"kind": "maybe", "schedule": "* *", "duration": "1 hour", "timeZone": "Mars/Base", "applications": ["{"]},
                {"kind": "allow", "schedule": "0 0 * * *", "duration": "0s", "applications": ["*"]},
            ],
            "roles": [{"name": "-a"}, {"name": "b"}, {"name": "b"}],
        }),
        &[],
        expect![[r#"
            spec.sourceRepo: is no field of this API; correct its name or remove it
            spec.sourceRepos[0]: "!*" refuses everything; leave the list empty for that
            spec.sourceRepos[1]: "https://{a" is no pattern: "{" is never closed by "}"
            spec.destinations[0]: names no cluster; write server or name, or server: "*" for all
            spec.destinations[1].namespace: "!*" refuses everything; take the entry out
            spec.destinations[2].server: "[" is no pattern: "[" is never closed by "]"
            spec.destinationServiceAccounts[0].defaultServiceAccount: is "a:b:c"; write NAME or NAMESPACE:NAME
            spec.sourceNamespaces[0]: is no regular expression: error: unclosed group
            spec.clusterResourceWhitelist[0].nam: is no field of this API; correct its name or remove it
            spec.clusterResourceWhitelist[0].kind: "[" is no pattern: "[" is never closed by "]"
            spec.syncWindows[0].kind: is "maybe"; write allow or deny
            spec.syncWindows[0].schedule: "* *" has 2 fields; write five: minute, hour, day of the month, month, day of the week
            spec.syncWindows[0].timeZone: there is no time zone "Mars/Base"; write one like Europe/Berlin
            spec.syncWindows[0].duration: read duration "1 hour": no unit " hour"; use ns, us, ms, s, m or h
            spec.syncWindows[0].applications[0]: "{" is no pattern: "{" is never closed by "}"
            spec.syncWindows[1].duration: is 0s; must be above 0
            spec.orphanedResources.ignore[0].kind: "{" is no pattern: "{" is never closed by "}"
            spec.reverts[1]: is "pull_request"; write pull-request or push
            spec.roles[0].name: is "-a"; write letters, digits, - and _, a letter or digit first and last
        "#]],
    );
}

#[test]
fn policies_of_roles_that_never_count_are_told_and_do_no_harm() {
    let file = include_str!("../../crds/tests/fixtures/appproject_platform.yaml");
    let project: AppProject = serde_saphyr::from_str(file).unwrap();
    let (_, doubtful) = Project::read("bookverse-platform", &project.spec).unwrap();
    expect![[r#"
        spec.roles[0].policies[1]: is about repositories "*", which are not this project's; write "bookverse-platform/*"
        spec.roles[0].policies[2]: is about clusters "*", which are not this project's; write "bookverse-platform/*"
        spec.roles[1].policies[3]: is about repositories "*", which are not this project's; write "bookverse-platform/*"
        spec.roles[2].policies[1]: is about repositories "*", which are not this project's; write "bookverse-platform/*"
        spec.roles[2].policies[2]: is about clusters "*", which are not this project's; write "bookverse-platform/*"
    "#]]
    .assert_eq(&in_lines(&doubtful));
}

/// A project with these fields; what each repository's commits must have, or what is wrong.
fn integrity(spec: Value, urls: &[&str]) -> String {
    let spec = serde_json::from_value(spec).unwrap();
    match Project::read("team", &spec) {
        Err(violations) => in_lines(&violations),
        Ok((project, _)) => urls
            .iter()
            .map(|url| match project.integrity.of(url) {
                Ok(None) => format!("{url}: nothing\n"),
                Ok(Some(policy)) => format!("{url}: {:?} {:?} by {}\n", policy.mode, policy.signers, policy.field),
                Err(why) => format!("{url}: {why}\n"),
            })
            .collect(),
    }
}

#[test]
fn a_project_says_whose_commits_it_takes() {
    let urls = ["https://host/org/app.git", "https://host/org/open", "https://host/other"];
    let older = json!({"signatureKeys": [{"keyID": "abcdef1234567890"}, {"keyID": "0xABCD EF12 3456 7890 ABCD EF12 3456 7890 ABCD EF12"}]});
    expect![[r#"
        https://host/org/app.git: Head [Gpg("ABCDEF1234567890"), Gpg("ABCDEF1234567890ABCDEF1234567890ABCDEF12")] by spec.signatureKeys
    "#]]
    .assert_eq(&integrity(older, &urls[..1]));
    let ssh = "SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og";
    let policies = json!({"sourceIntegrity": {"git": {"policies": [
        {"repos": [{"url": "https://host/org/*"}, {"url": "!https://host/org/open"}], "gpg": {"mode": "strict", "keys": [ssh]}},
        {"repos": [{"url": "https://host/other"}], "gpg": {"mode": "none", "keys": []}},
        {"repos": [{"url": "https://host/*/app"}], "gpg": {"mode": "head", "keys": ["ABCDEF1234567890"]}},
    ]}}});
    expect![[r#"
        https://host/org/app.git: spec.sourceIntegrity.git.policies[0] and spec.sourceIntegrity.git.policies[2] are both about https://host/org/app: let one of them name other repositories
        https://host/org/open: nothing
        https://host/other: nothing
    "#]].assert_eq(&integrity(policies, &urls));
}

#[test]
fn signatures_that_cannot_be_asked_for_name_their_field() {
    let wrong = json!({
        "signatureKeys": [{"keyID": "12345678"}],
        "sourceIntegrity": {
            "git": {"policies": [
                {"repos": [], "gpg": {"mode": "head", "keys": []}},
                {"repos": [{"url": "*"}], "gpg": {"mode": "all", "keys": ["ABCDEF1234567890"]}},
                {"repos": [{"url": "*"}]},
                {"repos": [{"url": "*"}], "gpg": {"mode": "head", "keys": ["SHA256:short"]}, "ssh": {}},
            ]},
            "helm": {"policies": [{"repos": [{"url": "*"}], "provenance": {"mode": "provenance", "keys": []}}]},
        },
    });
    expect![[r#"
        spec.sourceIntegrity.helm.policies[0].provenance: is not supported by this version of Sluice; remove it
        spec.sourceIntegrity.git.policies[0].repos: names none; name repositories, or "*"
        spec.sourceIntegrity.git.policies[0].gpg.keys: is empty; name the keys that may sign
        spec.sourceIntegrity.git.policies[1].gpg.mode: is "all"; write none, head or strict
        spec.sourceIntegrity.git.policies[2].gpg: is missing
        spec.sourceIntegrity.git.policies[3].ssh: is no field of this API; correct its name or remove it
        spec.sourceIntegrity.git.policies[3].gpg.keys[0]: is "SHA256:short"; write a GPG key's id of 16 or 40 hexadecimal digits, or an SSH key's fingerprint (ssh-keygen -lf KEY: SHA256:…)
        spec.signatureKeys[0].keyID: is "12345678"; write a GPG key's id of 16 or 40 hexadecimal digits, or an SSH key's fingerprint (ssh-keygen -lf KEY: SHA256:…)
        spec.signatureKeys: goes not together with spec.sourceIntegrity; keep that one
    "#]].assert_eq(&integrity(wrong, &[]));
}
