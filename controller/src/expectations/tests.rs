use super::*;

fn id(kind: Kind, name: &str) -> ObjectId {
    ObjectId { kind, key: Key::new("ns", name) }
}

fn shop() -> ObjectId {
    id(Kind::Rollout, "shop")
}

/// Expectations of one story, at its start.
struct Story {
    store: Expectations,
    start: Instant,
}

impl Story {
    fn new() -> Self {
        Self { store: Expectations::default(), start: Instant::now() }
    }

    fn after(&mut self, seconds: u64) -> Readiness {
        self.store.readiness(&shop(), self.start + Duration::from_secs(seconds))
    }

    fn wrote(&mut self, kind: Kind, version: &str) {
        self.store.wrote(&shop(), kind, version, self.start);
    }

    fn deleted(&mut self, name: &str, uid: &str) {
        self.store.deleted(&shop(), id(Kind::ReplicaSet, name), uid.to_owned(), self.start);
    }
}

#[test]
fn a_write_puts_the_pass_off_until_the_watch_shows_it() {
    let mut story = Story::new();
    story.wrote(Kind::ReplicaSet, "100");
    assert!(matches!(story.after(0), Readiness::Wait(_)));
    assert_eq!(story.store.seen(Kind::ReplicaSet, "99"), []);
    assert_eq!(story.store.seen(Kind::ReplicaSet, "100"), [shop()]);
    assert_eq!(story.after(0), Readiness::Ready);
}

#[test]
fn versions_are_compared_as_numbers() {
    let mut story = Story::new();
    story.wrote(Kind::ReplicaSet, "1000");
    assert_eq!(story.store.seen(Kind::ReplicaSet, "999"), []);
    assert!(matches!(story.after(0), Readiness::Wait(_)));
}

#[test]
fn all_writes_must_be_seen_each_in_its_kind() {
    let mut story = Story::new();
    story.wrote(Kind::ReplicaSet, "100");
    story.wrote(Kind::Service, "101");
    assert_eq!(story.store.seen(Kind::ReplicaSet, "500"), []);
    assert!(matches!(story.after(0), Readiness::Wait(_)));
    assert_eq!(story.store.seen(Kind::Service, "101"), [shop()]);
}

#[test]
fn a_watch_that_is_ahead_of_the_answer_leaves_nothing_to_wait_for() {
    let mut story = Story::new();
    story.store.seen(Kind::ReplicaSet, "100");
    story.wrote(Kind::ReplicaSet, "100");
    assert_eq!(story.after(0), Readiness::Ready);
}

#[test]
fn a_version_that_is_no_number_is_not_waited_for() {
    let mut story = Story::new();
    story.wrote(Kind::ReplicaSet, "opaque");
    assert_eq!(story.after(0), Readiness::Ready);
}

#[test]
fn a_deletion_is_over_when_that_very_object_is_gone() {
    let mut story = Story::new();
    story.deleted("shop-1", "uid-1");
    assert_eq!(story.store.gone(&id(Kind::ReplicaSet, "shop-1"), "uid-0"), []);
    assert_eq!(story.store.gone(&id(Kind::ReplicaSet, "shop-1"), "uid-1"), [shop()]);
    assert_eq!(story.after(0), Readiness::Ready);
}

#[test]
fn a_new_list_shows_every_deletion() {
    let mut story = Story::new();
    story.deleted("shop-1", "uid-1");
    assert_eq!(story.store.listed(Kind::Service), []);
    assert_eq!(story.store.listed(Kind::ReplicaSet), [shop()]);
}

#[test]
fn a_watch_that_never_shows_the_write_is_reported_once() {
    let mut story = Story::new();
    story.wrote(Kind::ReplicaSet, "100");
    story.wrote(Kind::ReplicaSet, "101");
    assert!(matches!(story.after(9), Readiness::Wait(_)));
    assert_eq!(story.after(10), Readiness::Overdue(vec![Kind::ReplicaSet]));
    assert_eq!(story.after(10), Readiness::Ready);
}
