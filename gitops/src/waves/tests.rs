use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::names::application::{HOOK, HOOK_DELETE_POLICY};

use super::*;

/// `KIND NAME`, or `KIND NAMESPACE/NAME`, and annotations.
fn object(what: &str, annotations: Value) -> Object {
    let (kind, name) = what.split_once(' ').unwrap();
    let (namespace, name) = name.split_once('/').map_or((None, name), |(namespace, name)| (Some(namespace), name));
    let group = match kind {
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        "Widget" => "example.com/v1",
        _ => "v1",
    };
    let spec = json!({"group": "example.com", "names": {"kind": "Widget"}});
    Object::from(json!({
        "apiVersion": group, "kind": kind, "spec": spec,
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
    }))
}

fn plain(what: &str) -> Object {
    object(what, json!({}))
}

fn in_wave(what: &str, wave: &str) -> Object {
    object(what, json!({SYNC_WAVE: wave}))
}

fn hook(what: &str, when: &str) -> Object {
    object(what, json!({HOOK: when}))
}

fn check(desired: &[Object], extra: &[Object], options: Options, expected: Expect) {
    let line = |task: &Task| format!("{:?} {} {:?} {}\n", task.phase, task.wave, task.act, task.key);
    expected.assert_eq(&tasks(desired, extra, options).iter().map(line).collect::<String>());
}

#[test]
fn objects_go_by_phase_wave_kind_and_name() {
    check(
        &[
            plain("Deployment web"),
            plain("ConfigMap b"),
            plain("ConfigMap a"),
            plain("Widget odd"),
            in_wave("Secret early", "-1"),
            in_wave("Secret never", "x"),
            object("Service late", json!({"helm.sh/hook-weight": "5"})),
            hook("Job migrate", "PreSync"),
            hook("Job tell", "PostSync,SyncFail"),
            hook("Job left-out", "Skip"),
            hook("Job misspelt", "presync"),
            object("Job test", json!({"helm.sh/hook": "test"})),
            object("Job install", json!({"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "-5"})),
            object("Job goodbye", json!({"helm.sh/hook": "pre-delete"})),
        ],
        &[],
        Options::default(),
        expect![[r#"
            PreSync -5 Hook Job install
            PreSync 0 Hook Job migrate
            Sync -1 Apply Secret early
            Sync 0 Apply Secret never
            Sync 0 Apply ConfigMap a
            Sync 0 Apply ConfigMap b
            Sync 0 Apply Deployment web
            Sync 0 Apply example.com/Widget odd
            Sync 5 Apply Service late
            PostSync 0 Hook Job tell
            SyncFail 0 Hook Job tell
        "#]],
    );
}

#[test]
fn deletions_go_backwards_through_the_waves_and_before_what_is_written() {
    check(
        &[in_wave("ConfigMap kept", "1"), in_wave("ConfigMap last", "3")],
        &[in_wave("Deployment a", "1"), in_wave("Deployment b", "2"), in_wave("Deployment c", "3")],
        Options::default(),
        expect![[r#"
            Sync 1 Prune Deployment c
            Sync 1 Apply ConfigMap kept
            Sync 2 Prune Deployment b
            Sync 3 Prune Deployment a
            Sync 3 Apply ConfigMap last
        "#]],
    );
}

#[test]
fn deletions_come_last_where_the_application_or_the_object_says_so() {
    let last = object("Deployment last", json!({SYNC_OPTIONS: "PruneLast=true"}));
    let desired = [in_wave("ConfigMap kept", "3")];
    check(
        &desired,
        &[plain("Deployment now"), last.clone()],
        Options::default(),
        expect![[r#"
            Sync 0 Prune Deployment now
            Sync 3 Apply ConfigMap kept
            Sync 4 Prune Deployment last
        "#]],
    );
    check(
        &desired,
        &[plain("Deployment now"), last],
        Options { prune_last: true, ..Options::default() },
        expect![[r#"
            Sync 3 Apply ConfigMap kept
            Sync 4 Prune Deployment last
            Sync 4 Prune Deployment now
        "#]],
    );
}

#[test]
fn namespaces_and_definitions_come_before_what_needs_them() {
    check(
        &[
            object("Job shop/migrate", json!({HOOK: "PreSync", SYNC_WAVE: "-2"})),
            plain("Namespace shop"),
            plain("Namespace other"),
            in_wave("CustomResourceDefinition widgets", "3"),
            in_wave("Widget shop/a", "1"),
            plain("ConfigMap shop/a"),
        ],
        &[],
        Options::default(),
        expect![[r#"
            PreSync -2 Apply Namespace shop
            PreSync -2 Hook Job shop/migrate
            Sync 0 Apply Namespace other
            Sync 0 Apply ConfigMap shop/a
            Sync 1 Apply apiextensions.k8s.io/CustomResourceDefinition widgets
            Sync 1 Apply example.com/Widget shop/a
        "#]],
    );
}

#[test]
fn a_hook_is_deleted_before_it_runs_again_unless_it_says_otherwise() {
    let of = |annotations: Value| {
        let hook::Deletion { when_succeeded, when_failed, before_creation } =
            hook::deletion(&object("Job a", annotations));
        [when_succeeded, when_failed, before_creation]
    };
    assert_eq!(of(json!({})), [false, false, true]);
    assert_eq!(of(json!({HOOK_DELETE_POLICY: "HookSucceeded"})), [true, false, false]);
    assert_eq!(of(json!({HOOK_DELETE_POLICY: "HookFailed, BeforeHookCreation"})), [false, true, true]);
    assert_eq!(of(json!({"helm.sh/hook-delete-policy": "hook-succeeded,hook-failed"})), [true, true, false]);
}

#[test]
fn hooks_without_names_get_one_of_point_and_time_and_no_two_the_same() {
    let mut names = hook::Names::of("2026-01-01T00:00:00Z".parse().unwrap());
    let unnamed: Object =
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "migrate-"}}).into();
    let mut next = |object: &Object, point| names.named(object, point).name().to_owned();
    assert_eq!(next(&unnamed, "53e28ff-PreSync"), "migrate-53e28ff-presync-1767225600");
    assert_eq!(next(&unnamed, "53e28ff-PreSync"), "migrate-53e28ff-presync-1767225600-2");
    assert_eq!(next(&unnamed, "53e28ff-PostSync"), "migrate-53e28ff-postsync-1767225600");
    assert_eq!(next(&hook("Job a", "PreSync"), "53e28ff-PreSync"), "a");
}

#[test]
fn a_hook_whose_word_means_nothing_can_be_told() {
    assert_eq!(hook::misspelt(&hook("Job a", "presync, PostSync")), ["presync"]);
    assert!(hook::misspelt(&hook("Job a", "Skip")).is_empty());
}
