//! Specs of Applications: those of the guide are taken as they are, and every mistake is named with its field.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value, missing_docs)]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::violation::in_lines;
use sluice_crds::{Application, ApplicationSpec};
use sluice_gitops::spec::{Automated, Cluster, Leave, Propagation};
use sluice_gitops::validate;

fn fixture(name: &str) -> ApplicationSpec {
    let path = format!("{}/../crds/tests/fixtures/application_{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let application: Application = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    application.spec
}

fn written(change: impl FnOnce(&mut Value)) -> ApplicationSpec {
    let mut spec = json!({
        "project": "shop",
        "source": {"repoURL": "https://git.example.com/shop", "path": "web"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
    });
    change(&mut spec);
    serde_json::from_value(spec).unwrap()
}

/// What is wrong, or else what is doubtful.
fn check(spec: ApplicationSpec, expected: Expect) {
    let found = validate::spec(&spec).map(|(_, doubtful)| doubtful);
    expected.assert_eq(&in_lines(&found.unwrap_or_else(|wrong| wrong)));
}

#[test]
fn applications_of_the_guide_are_taken_as_they_are() {
    for name in ["dev", "prod", "root", "self_managed", "service"] {
        check(fixture(name), expect![""]);
    }
    check(
        fixture("hooks"),
        expect![[r#"
            spec.syncPolicy.syncOptions[3]: is read as the wave of this Application itself; write it as its annotation
        "#]],
    );
}

#[test]
fn every_default_is_filled_in() {
    let (spec, _) = validate::spec(&written(|spec| spec["project"] = json!(""))).unwrap();
    assert_eq!(spec.project, "default");
    assert_eq!((spec.automated, spec.retry, spec.history), (None, None, 10));
    assert_eq!(spec.destination.cluster, Cluster::Server("https://kubernetes.default.svc".into()));
    assert_eq!((spec.options.propagation, spec.options.prune), (Propagation::Foreground, Leave::Given));
}

#[test]
fn the_guide_says_how_far_syncs_go() {
    let (dev, _) = validate::spec(&fixture("dev")).unwrap();
    assert_eq!(dev.automated, Some(Automated { prune: true, self_heal: true, allow_empty: false }));
    assert!(dev.options.create_namespace && dev.options.prune_last && dev.options.apply_out_of_sync_only);
    let (prod, _) = validate::spec(&fixture("prod")).unwrap();
    assert_eq!((prod.automated, prod.history), (None, 50));
    let (service, _) = validate::spec(&fixture("service")).unwrap();
    assert_eq!((service.history, service.health.len()), (10, 1));
    assert_eq!(service.retry.unwrap().limit, Some(5));
    let (hooks, _) = validate::spec(&fixture("hooks")).unwrap();
    let names: Vec<_> = hooks.hooks.iter().map(|hook| hook.key().to_string()).collect();
    assert_eq!(names, ["batch/Job pre-sync-validation", "batch/Job post-sync-verification"]);
    assert_eq!(hooks.options.wave, Some(1));
}

#[test]
fn a_policy_that_is_switched_off_is_none() {
    let off = |spec: &mut Value| spec["syncPolicy"] = json!({"automated": {"prune": true, "enabled": false}});
    assert_eq!(validate::spec(&written(off)).unwrap().0.automated, None);
}

#[test]
fn a_hook_gets_its_type_as_an_annotation() {
    let manifest = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: check-, annotations: null}";
    let hook = |spec: &mut Value| spec["syncPolicy"] = json!({"hooks": [{"type": "PostSync", "manifest": manifest}]});
    let (spec, _) = validate::spec(&written(hook)).unwrap();
    assert_eq!(spec.hooks[0].annotation("argocd.argoproj.io/hook"), Some("PostSync"));
}

#[test]
fn an_option_that_is_none_is_told_and_does_no_harm() {
    let words = json!(["PruneLst=true", "ServerSideApply=false", "Prune=maybe", "CreateNamespace=true"]);
    check(
        written(|spec| spec["syncPolicy"] = json!({"syncOptions": words})),
        expect![[r#"
            spec.syncPolicy.syncOptions[0]: "PruneLst=true" is no sync option, and counts for nothing
            spec.syncPolicy.syncOptions[1]: "ServerSideApply=false" counts for nothing: objects are always applied by the server
            spec.syncPolicy.syncOptions[2]: "Prune=maybe" is no sync option, and counts for nothing
        "#]],
    );
}

/// An API server with a strict definition would have dropped it.
#[test]
fn a_field_that_the_api_does_not_name_is_told_and_stops_nothing() {
    let automated = json!({"automated": {"selfheal": true}});
    let spec = written(|spec| {
        spec["syncPolicy"] = automated;
        spec["destination"]["ns"] = json!("a");
    });
    assert!(validate::spec(&spec).is_ok());
    check(
        spec,
        expect![[r#"
        spec.destination.ns: is no field of this API; correct its name or remove it
        spec.syncPolicy.automated.selfheal: is no field of this API; correct its name or remove it
    "#]],
    );
}

#[test]
fn every_mistake_about_sources_names_its_field() {
    check(
        written(|spec| spec["source"] = Value::Null),
        expect![[r#"
        spec.source: is missing; say where the objects are described
    "#]],
    );
    let sources = json!([
        {"repoURL": "", "path": "../secret", "chart": "web"},
        {"repoURL": "https://x", "ref": "a b"},
        {"repoURL": "https://x", "ref": "values"},
        {"repoURL": "https://x", "ref": "values"},
        {"repoURL": "https://x", "pth": "a"},
        {"repoURL": "https://x", "path": "/a", "helm": {"version": "v2", "releaseName": "x".repeat(54), "valuefiles": []}, "directory": {}},
        {"repoURL": "https://x", "path": "a", "plugin": {"name": "cue"}},
        {"repoURL": "https://x", "path": "a", "kustomize": {"patches": [{}]}},
        {"repoURL": "https://x", "path": "a", "directory": {"jsonnet": {"libs": ["a/../../b"]}}},
        {"repoURL": "https://x", "path": "a", "helm": {"parameters": [{"value": "1"}]}},
    ]);
    check(
        written(|spec| spec["sources"] = sources),
        expect![[r#"
            spec.sources[1].ref: is "a b"; write letters, digits, - and _
            spec.sources[3].ref: "values" is given twice
            spec.sources[0].repoURL: is missing; name the repository
            spec.sources[0]: has both path and chart; a chart is not in a folder of a git repository
            spec.sources[0].path: is "../secret"; write a folder of the repository, without .. and a leading slash
            spec.sources[4]: needs path, for a git repository, or chart, for a Helm repository
            spec.sources[5].path: is "/a"; write a folder of the repository, without .. and a leading slash
            spec.sources[5]: has helm and directory; objects are rendered in one way
            spec.sources[5].helm.releaseName: is longer than 53 letters
            spec.sources[5].helm.version: is "v2"; write v3, or leave it out
            spec.sources[6].plugin: is not supported by this version of Sluice; remove it
            spec.sources[7].kustomize.patches[0]: needs exactly one of path and patch
            spec.sources[8].directory.jsonnet.libs[0]: is "a/../../b"; write a folder of the repository, without .. and a leading slash
            spec.sources[9].helm.parameters[0].name: is empty
            spec.sources[4].pth: is no field of this API; correct its name or remove it
            spec.sources[5].helm.valuefiles: is no field of this API; correct its name or remove it
        "#]],
    );
}

#[test]
fn every_mistake_about_the_destination_names_its_field() {
    for (destination, expected) in [
        (json!({}), "spec.destination: names no cluster; write server: https://kubernetes.default.svc for this one\n"),
        (
            json!({"server": "https://x", "name": "x"}),
            "spec.destination: names the cluster twice; write server or name\n",
        ),
        (
            json!({"name": "x", "namespace": "Shop"}),
            "spec.destination.namespace: is \"Shop\"; write at most 63 lower-case letters, digits and -\n",
        ),
    ] {
        let found = validate::spec(&written(|spec| spec["destination"] = destination)).unwrap_err();
        assert_eq!(in_lines(&found), expected);
    }
}

#[test]
fn every_other_mistake_names_its_field() {
    let hook = |when: &str, manifest: &str| json!({"type": when, "manifest": manifest});
    check(
        written(|spec| {
            spec["revisionHistoryLimit"] = json!("ten");
            spec["sourceHydrator"] = json!({"drySource": {}, "syncSource": {"targetBranch": "a", "path": "b"}});
            spec["health"] = json!([{"kind": "", "check": ""}]);
            spec["ignoreDifferences"] = json!([
                {"kind": "{", "jsonPointers": ["spec/replicas", "/"], "jqPathExpressions": ["env"]},
            ]);
            spec["syncPolicy"] = json!({
                "automatic": {},
                "automated": {"selfheal": true},
                "retry": {"limit": 1, "backoff": {"duration": "5 s", "factor": 0, "maxDuration": "-3m"}},
                "hooks": [
                    hook("Before", ""),
                    hook("PreSync", "a: ["),
                    hook("PreSync", "kind: Job"),
                    hook("PreSync", "apiVersion: v1\nkind: Job\nmetadata: {name: a, annotations: {argocd.argoproj.io/hook: Sync}}"),
                ],
            });
        }),
        expect![[r#"
            spec.sourceHydrator: is not supported by this version of Sluice; remove it
            spec.syncPolicy.retry.backoff.duration: read duration "5 s": no unit " s"; use ns, us, ms, s, m or h
            spec.syncPolicy.retry.backoff.maxDuration: is -3m; must not be negative
            spec.syncPolicy.retry.backoff.factor: is 0; write 1 or more
            spec.syncPolicy.hooks[0].type: is "Before"; write PreSync, Sync, PostSync, SyncFail, PreDelete or PostDelete
            spec.syncPolicy.hooks[1].manifest: is no YAML of one object: error: line 1 column 4: unclosed bracket '['
            spec.syncPolicy.hooks[2].manifest: needs apiVersion, kind and metadata.name
            spec.syncPolicy.hooks[3].manifest: has the annotation argocd.argoproj.io/hook: Sync, which is not its type PreSync
            spec.ignoreDifferences[0].kind: "{" is no pattern: "{" is never closed by "}"
            spec.ignoreDifferences[0].jsonPointers[0]: is "spec/replicas"; write a field like /spec/replicas
            spec.ignoreDifferences[0].jsonPointers[1]: is "/"; write a field like /spec/replicas
            spec.health[0].kind: is empty
            spec.health[0].check: cannot be read at "": a value is missing
            spec.revisionHistoryLimit: is "ten"; write a whole number
            spec.syncPolicy.automatic: is no field of this API; correct its name or remove it
            spec.syncPolicy.automated.selfheal: is no field of this API; correct its name or remove it
        "#]],
    );
}
