use expect_test::{Expect, expect};
use serde_json::json;
use sluice_crds::names::application::TRACKING_ID;
use sluice_gitops::Object;
use sluice_gitops::tracking::Tracking;

use super::*;
use crate::known::Known;
use crate::watch::peek::{Kind, Peek};

/// A store that tells what it does, line by line.
struct Story {
    store: Store,
    told: Vec<String>,
}

fn key(name: &str) -> Key {
    Key::new("", "ConfigMap", "shop", name)
}

fn place() -> Place {
    Place { group: String::new(), kind: "ConfigMap".to_owned(), namespace: String::new() }
}

/// An object, of an instance or of none, at a version. Its UID is its name.
fn object(name: &str, owner: Option<&str>, version: u32) -> Object {
    let mark = owner.map(|owner| format!("{owner}:/ConfigMap:shop/{name}"));
    Object::from(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": name, "namespace": "shop", "uid": name, "resourceVersion": version.to_string(),
        "annotations": {TRACKING_ID: mark}, "managedFields": [{"manager": "kubectl"}],
    }}))
}

fn seen(object: &Object) -> (Peek, impl FnOnce() -> Option<Whole> + use<>) {
    let kind = Kind { group: String::new(), name: "ConfigMap".to_owned(), api_version: "v1".to_owned() };
    let value = object.to_value();
    (Peek::of(object, &Tracking::Annotation).unwrap(), move || Some(Whole::of(value, &kind, &Tracking::Annotation)))
}

impl Story {
    fn new() -> Self {
        Self { store: Store::new(false), told: Vec::new() }
    }

    fn wants(mut self, instance: &str, names: &[&str]) -> Self {
        let unwanted = self.store.want(instance, names.iter().map(|name| key(name)).collect());
        self.say(&format!("{instance} wants {names:?}, nobody any more {}", unwanted.len()), Told::new())
    }

    fn listed(mut self, objects: &[Object]) -> Self {
        self.store.begin(&place());
        let mut told = Told::new();
        for object in objects {
            let (peek, whole) = seen(object);
            told.extend(self.store.take(&place(), &peek, whole));
        }
        told.extend(self.store.listed(&place()));
        self.say("listed", told)
    }

    fn shows(mut self, object: &Object) -> Self {
        let (peek, whole) = seen(object);
        let told = self.store.take(&place(), &peek, whole);
        self.say(&format!("watch shows {} {}", peek.key.name, peek.version), told)
    }

    fn loses(mut self, object: &Object) -> Self {
        let told = self.store.gone(&place(), &seen(object).0);
        self.say(&format!("watch loses {}", object.name()), told)
    }

    fn writes(mut self, object: &Object) -> Self {
        let (peek, whole) = seen(object);
        let told = self.store.put(&peek, whole);
        self.say(&format!("write of {} {}", peek.key.name, peek.version), told)
    }

    fn deletes(mut self, name: &str) -> Self {
        let told = self.store.bury(&key(name), name);
        self.say(&format!("delete of {name}"), told)
    }

    fn describes(mut self, instance: &str, names: &[&str]) -> Self {
        let told = self.store.describe(instance, &names.iter().map(|name| key(name)).collect());
        self.say(&format!("{instance} describes {names:?}"), told)
    }

    fn shares(self, instance: &str) -> Self {
        let mut shared: Vec<String> = Vec::new();
        for (key, claims) in self.store.shared(instance) {
            shared.extend(claims.iter().map(|(other, described)| format!("{} with {other} ({described:?})", key.name)));
        }
        shared.sort();
        self.say(&format!("{instance} shares {shared:?}"), Told::new())
    }

    fn looks(self, instance: &str) -> Self {
        let view = match self.store.view(instance) {
            Known::Pending => "pending".to_owned(),
            Known::Failed(why) => why,
            Known::Ready(texts) => {
                let name = |text: &Text| {
                    let object = text.object();
                    format!("{} {}", object.name(), object.text("/metadata/resourceVersion"))
                };
                let mut tracked: Vec<String> = texts.tracked.iter().map(name).collect();
                let mut named: Vec<String> = texts.named.iter().map(|(_, text)| name(text)).collect();
                tracked.sort();
                named.sort();
                format!("tracked {tracked:?}, named {named:?}")
            }
        };
        let reads = self.store.to_read().len();
        let reads = if reads == 0 { String::new() } else { format!(", {reads} to read") };
        self.say(&format!("{instance} sees {view}{reads}"), Told::new())
    }

    fn say(mut self, what: &str, told: impl IntoIterator<Item = Arc<str>>) -> Self {
        let told: Vec<Arc<str>> = told.into_iter().collect();
        let told: Vec<&str> = told.iter().map(|instance| &**instance).collect();
        let told = if told.is_empty() { String::new() } else { format!(": tells {}", told.join(", ")) };
        self.told.push(format!("{what}{told}\n"));
        self
    }

    #[allow(clippy::needless_pass_by_value, reason = "expect![] is written where it is used")]
    fn check(self, expected: Expect) {
        expected.assert_eq(&self.told.concat());
    }
}

#[test]
fn only_what_is_wanted_or_marked_is_kept() {
    let story = Story::new().wants("a", &["one", "two"]).looks("a");
    let wants = |names: &[&str]| story.store.is_wanted("a", &names.iter().map(|name| key(name)).collect());
    assert!(wants(&["two", "one"]) && !wants(&["one"]) && !wants(&["one", "three"]) && !wants(&[]));
    assert!(story.store.is_wanted("b", &BTreeSet::new()));
    let story =
        story.listed(&[object("one", None, 1), object("mine", Some("a"), 2), object("other", None, 3)]).looks("a");
    assert_eq!(story.store.kept.len(), 2);
    assert!(
        story.store.kept.values().all(|kept| kept.text.object().value().pointer("/metadata/managedFields").is_none())
    );
    story.shows(&object("two", Some("b"), 4)).looks("a").loses(&object("mine", Some("a"), 5)).looks("a").check(
        expect![[r#"
            a wants ["one", "two"], nobody any more 0
            a sees pending
            listed: tells a
            a sees tracked ["mine 2"], named ["one 1"]
            watch shows two 4: tells a, b
            a sees tracked ["mine 2"], named ["one 1", "two 4"]
            watch loses mine: tells a
            a sees tracked [], named ["one 1", "two 4"]
        "#]],
    );
}

#[test]
fn what_is_wanted_later_is_read_only_if_it_is_there() {
    Story::new()
        .wants("a", &["one"])
        .listed(&[object("there", None, 1)])
        .wants("b", &["missing"])
        .looks("b")
        .wants("c", &["there"])
        .looks("c")
        .shows(&object("there", None, 1))
        .looks("c")
        .wants("c", &[])
        .looks("c")
        .wants("d", &["there"])
        .looks("d")
        .check(expect![[r#"
            a wants ["one"], nobody any more 0
            listed: tells a
            b wants ["missing"], nobody any more 0
            b sees tracked [], named []
            c wants ["there"], nobody any more 0
            c sees pending, 1 to read
            watch shows there 1: tells c
            c sees tracked [], named ["there 1"]
            c wants [], nobody any more 1
            c sees tracked [], named []
            d wants ["there"], nobody any more 0
            d sees pending, 1 to read
        "#]]);
}

#[test]
fn nothing_older_takes_the_place_of_what_was_written() {
    Story::new()
        .wants("a", &["one", "two"])
        .listed(&[object("one", Some("a"), 5)])
        .writes(&object("one", Some("a"), 9))
        .shows(&object("one", Some("a"), 7))
        .looks("a")
        .shows(&object("one", Some("a"), 9))
        .shows(&object("one", Some("a"), 10))
        .writes(&object("two", Some("a"), 12))
        .listed(&[object("one", Some("a"), 10)])
        .looks("a")
        .shows(&object("two", Some("a"), 12))
        .listed(&[object("one", Some("a"), 10)])
        .looks("a")
        .check(expect![[r#"
            a wants ["one", "two"], nobody any more 0
            listed: tells a
            write of one 9: tells a
            watch shows one 7
            a sees tracked ["one 9"], named ["one 9"]
            watch shows one 9
            watch shows one 10: tells a
            write of two 12: tells a
            listed
            a sees tracked ["one 10", "two 12"], named ["one 10", "two 12"]
            watch shows two 12
            listed: tells a
            a sees tracked ["one 10"], named ["one 10"]
        "#]]);
}

#[test]
fn what_was_deleted_does_not_come_back() {
    Story::new()
        .wants("a", &["one"])
        .listed(&[object("one", Some("a"), 5)])
        .deletes("one")
        .shows(&object("one", Some("a"), 6))
        .looks("a")
        .loses(&object("one", Some("a"), 7))
        .shows(&object("one", None, 8))
        .looks("a")
        .check(expect![[r#"
            a wants ["one"], nobody any more 0
            listed: tells a
            delete of one: tells a
            watch shows one 6
            a sees tracked [], named []
            watch loses one
            watch shows one 8: tells a
            a sees tracked [], named ["one 8"]
        "#]]);
}

#[test]
fn whose_mark_goes_or_changes_is_told() {
    Story::new()
        .wants("a", &["x"])
        .listed(&[object("one", Some("a"), 1)])
        .shows(&object("one", Some("b"), 2))
        .shows(&object("one", None, 3))
        .looks("a")
        .check(expect![[r#"
            a wants ["x"], nobody any more 0
            listed: tells a
            watch shows one 2: tells a, b
            watch shows one 3: tells b
            a sees tracked [], named []
        "#]]);
}

#[test]
fn a_watch_that_does_not_show_a_write_is_distrusted_after_a_while() {
    let mut story = Story::new().wants("a", &["one"]).listed(&[]).writes(&object("one", Some("a"), 2));
    assert!(!story.store.distrusts(&place()), "it was written a moment ago");
    assert!(story.store.distrusts(&place()));
    assert!(!story.store.distrusts(&place()), "it is listed anew");
    story = story.writes(&object("one", Some("a"), 4)).shows(&object("one", Some("a"), 4));
    assert!(!story.store.distrusts(&place()) && !story.store.distrusts(&place()));
}

#[test]
fn what_is_gone_need_not_be_shown_any_more() {
    let one = object("one", Some("a"), 2);
    let written = || Story::new().wants("a", &["one"]).listed(&[]).writes(&one);
    for mut story in [written().loses(&one), written().deletes("one"), written().listed(&[]).loses(&one)] {
        assert!(!story.store.distrusts(&place()) && !story.store.distrusts(&place()), "{:?}", story.told);
    }
    // Made anew before the end of the old one is shown.
    let mut anew = object("one", Some("a"), 5).to_value();
    anew["metadata"]["uid"] = "another".into();
    let story = written().deletes("one").writes(&anew.into()).loses(&one).looks("a");
    assert!(story.told.concat().ends_with("named [\"one 5\"]\n"), "{:?}", story.told);
}

#[test]
fn trouble_concerns_those_who_want_the_kind() {
    let mut story = Story::new().wants("a", &["one"]).wants("b", &["two"]);
    story.store.want("c", [Key::new("", "Secret", "shop", "s")].into());
    let told = story.store.stand(&place(), State::Failed("configmaps cannot be read".to_owned()));
    let story = story.say("fails", told).looks("a");
    let told = story.store.everybody();
    story.say("all", told).check(expect![[r#"
        a wants ["one"], nobody any more 0
        b wants ["two"], nobody any more 0
        fails: tells a, b
        a sees configmaps cannot be read
        all: tells a, b, c
    "#]]);
}

#[test]
fn a_place_that_nobody_watches_leaves_nothing() {
    let mut story = Story::new().wants("a", &["one"]).listed(&[object("one", Some("a"), 1), object("other", None, 2)]);
    story.store.forget(&place());
    assert!(story.store.kept.is_empty() && story.store.owned.is_empty() && story.store.slots.is_empty());
    let Store { wanted, wanters, demand, .. } = story.wants("a", &[]).store;
    assert!(wanted.is_empty() && wanters.is_empty() && demand.is_empty());
}

#[test]
fn versions_that_are_no_numbers_are_of_any_age() {
    for (version, than, expected) in [("1", "2", true), ("10", "9", false), ("a", "b", false), ("", "1", false)] {
        assert_eq!(super::take::is_older(version, than), expected, "{version} {than}");
    }
}

#[test]
fn who_else_has_an_object_is_known_and_told_when_that_changes() {
    let story = Story::new().wants("a", &["one", "two"]).wants("b", &["two", "three"]).shares("a");
    let story = story.describes("a", &["one", "two"]).describes("a", &["one", "two"]).describes("b", &["two", "three"]);
    let mut story = story.shares("a").shares("b").describes("a", &["one"]).shares("b");
    let told = story.store.describes_nothing("b");
    story.say("b is gone", told).wants("b", &[]).shares("a").check(expect![[r#"
        a wants ["one", "two"], nobody any more 0
        b wants ["two", "three"], nobody any more 0
        a shares ["two with b (None)"]
        a describes ["one", "two"]: tells b
        a describes ["one", "two"]
        b describes ["two", "three"]: tells a
        a shares ["two with b (Some(true))"]
        b shares ["two with a (Some(true))"]
        a describes ["one"]: tells b
        b shares ["two with a (Some(false))"]
        b is gone: tells a
        b wants [], nobody any more 1
        a shares []
    "#]]);
}
