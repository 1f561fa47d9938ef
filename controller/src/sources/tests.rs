#![allow(clippy::unwrap_used)]
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sluice_gitops::application::revert::{Manner, Reads};
use sluice_render::RenderedSource;
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::clock::Clock;
use crate::key::Key;
use crate::queue::Queue;
use crate::tasks::Tasks;

/// A repository that never answers.
const HANGS: &str = "https://hangs/shop";

/// A desk before repositories of which all others answer within a second.
struct Scene {
    desk: Desk,
    queue: Arc<Queue<Key>>,
    head: Arc<Mutex<Result<String, RenderError>>>,
    asked: Arc<AtomicUsize>,
}

const MINUTE: Duration = Duration::from_mins(1);

fn scene() -> Scene {
    let head = Arc::new(Mutex::new(Ok("r1".to_owned())));
    let (asked, queue) = (Arc::new(AtomicUsize::new(0)), Arc::new(Queue::default()));
    let (answers, count) = (head.clone(), asked.clone());
    let render: Render = Arc::new(move |ask: Ask| {
        let (head, count) = (answers.clone(), count.clone());
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            if ask.wish.sources.iter().any(|source| source.repo_url == HANGS) {
                std::future::pending::<()>().await;
            }
            sleep(Duration::from_secs(1)).await;
            let revision = head.lock().unwrap().clone()?;
            if ask.known == [revision.clone()] {
                return Ok(None);
            }
            let sources = vec![RenderedSource { revision: revision.clone(), tool: None }];
            Ok(Some(Rendered { objects: Vec::new(), sources, warnings: Vec::new(), key: revision }))
        }
        .boxed()
    });
    let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
    let desk = Desk::new(Hands { render, ..none() }, clock, Tasks::default(), queue.clone());
    Scene { desk, queue, head, asked }
}

fn wish(application: &str) -> Wish {
    Wish {
        application: application.to_owned(),
        project: String::new(),
        namespace: String::new(),
        sources: vec![serde_json::from_value(json!({"repoURL": "https://git/shop", "path": application})).unwrap()],
        revisions: Vec::new(),
        cluster: Arc::default(),
        credentials: Arc::default(),
        repos: Repos::default(),
        integrity: Integrity::default(),
        keyring: Arc::default(),
        builds: Arc::default(),
    }
}

fn key(name: &str) -> Key {
    Key::new("argocd", name)
}

impl Scene {
    fn look(&self, name: &str, wish: &Wish, since: Option<Instant>) -> Option<String> {
        let look = self.desk.look(&key(name), Purpose::Target, wish, MINUTE, since);
        look.answer.map(|answer| answer.map_or_else(|error| error.text, |rendered| rendered.key.clone()))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_never_waits_and_news_asks_for_a_pass() {
    let scene = scene();
    let wish = wish("web");
    assert_eq!(scene.look("web", &wish, None), None);
    assert_eq!(scene.queue.next().await, key("web"));
    scene.queue.done(&key("web"));
    assert_eq!(scene.look("web", &wish, None).as_deref(), Some("r1"));
    assert_eq!(scene.asked(), 1, "what is known is not asked for");
}

/// Twenty Applications of a repository that never answers, and one of another.
#[tokio::test(start_paused = true)]
async fn a_repository_that_hangs_delays_no_application_of_another() {
    let scene = scene();
    for n in 0..20 {
        let mut stuck = wish(&format!("stuck-{n}"));
        stuck.sources.iter_mut().for_each(|source| source.repo_url = HANGS.to_owned());
        scene.look(&stuck.application, &stuck, None);
    }
    let wish = wish("web");
    scene.look("web", &wish, None);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(scene.asked(), 21);
    assert_eq!(scene.look("web", &wish, None).as_deref(), Some("r1"));
}

#[tokio::test(start_paused = true)]
async fn once_one_hears_that_a_branch_moved_all_that_deploy_from_it_are_asked_about() {
    let scene = scene();
    let (web, api) = (wish("web"), wish("api"));
    scene.look("web", &web, None);
    scene.look("api", &api, None);
    sleep(Duration::from_secs(5)).await;
    *scene.head.lock().unwrap() = Ok("r2".to_owned());
    let begin = Instant::now();
    assert_eq!(scene.look("web", &web, Some(begin)).as_deref(), Some("r1"));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(scene.look("web", &web, Some(begin)).as_deref(), Some("r2"));
    assert_eq!(scene.look("api", &api, None).as_deref(), Some("r2"), "though its own time had not come");
    assert_eq!(scene.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_about_another_wish_does_not_count() {
    let scene = scene();
    let (before, mut after) = (wish("web"), wish("web"));
    after.sources.iter_mut().for_each(|source| source.path = Some("elsewhere".to_owned()));
    scene.look("web", &before, None);
    assert_eq!(scene.look("web", &after, None), None);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(scene.look("web", &after, None).as_deref(), Some("r1"));
    assert_eq!(scene.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_again_soon_and_then_less_often() {
    let scene = scene();
    *scene.head.lock().unwrap() = Err(RenderError { kind: Kind::Unreachable, text: "no route".to_owned() });
    let wish = wish("web");
    scene.look("web", &wish, None);
    sleep(Duration::from_secs(2)).await;
    let mut tries = Vec::new();
    for _ in 0..120 {
        advance(Duration::from_secs(1)).await;
        let before = scene.asked();
        assert_eq!(scene.look("web", &wish, None).as_deref(), Some("no route"));
        sleep(Duration::from_millis(1)).await;
        tries.push(scene.asked() > before);
    }
    let made = tries.iter().filter(|made| **made).count();
    assert!((3..=5).contains(&made), "{made} tries in two minutes");
}

/// Reverts by git servers that take a minute, and what they say then; one never answers.
fn slow_server(said: Arc<Mutex<Result<(), RenderError>>>) -> (Reverts, Arc<Queue<Key>>, Arc<AtomicUsize>) {
    let (asked, queue) = (Arc::new(AtomicUsize::new(0)), Arc::new(Queue::default()));
    let count = asked.clone();
    let take_back: TakeBack = Arc::new(move |undo| {
        let (said, count) = (said.clone(), count.clone());
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            if undo.revert.repository.starts_with(HANGS) {
                std::future::pending::<()>().await;
            }
            sleep(MINUTE).await;
            said.lock().unwrap().clone()
        }
        .boxed()
    });
    let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
    (Reverts::new(&Hands { take_back, ..none() }, clock, Tasks::default(), queue.clone()), queue, asked)
}

fn revert(commit: &str) -> Revert {
    Revert {
        repository: "https://git/shop".to_owned(),
        revision: "main".to_owned(),
        commit: commit.to_owned(),
        manner: Manner::Push,
        before: None,
        reads: Reads::default(),
        why: "bad".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_taken_back_beside_the_passes_and_once_for_all_that_want_it() {
    let (reverts, queue, asked) = slow_server(Arc::new(Mutex::new(Ok(()))));
    let look = |name: &str| reverts.look(&key(name), &revert("r1"), "team", &Arc::default());
    let began = Instant::now();
    assert_eq!((look("web"), look("api")), (Taken::UnderWay, Taken::UnderWay));
    assert_eq!(began.elapsed(), Duration::ZERO, "no look waits");
    let mut told = [queue.next().await, queue.next().await];
    told.sort();
    assert_eq!(told, [key("api"), key("web")], "who looked is told");
    assert!(began.elapsed() >= MINUTE);
    assert_eq!((look("web"), look("api"), look("late")), (Taken::Done, Taken::Done, Taken::Done));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    reverts.look(&key("web"), &revert("r1"), "other", &Arc::default());
    sleep(MINUTE * 2).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2, "another project has credentials of its own");
}

#[tokio::test(start_paused = true)]
async fn of_one_repository_one_commit_is_taken_back_at_a_time_and_others_do_not_wait_for_it() {
    let (reverts, queue, asked) = slow_server(Arc::new(Mutex::new(Ok(()))));
    let look = |revert: &Revert| reverts.look(&key(&revert.commit), revert, "team", &Arc::default());
    let slow: Vec<Revert> = (0..6).map(|n| revert(&format!("r{n}"))).collect();
    let other = Revert { repository: "https://git/other".to_owned(), ..revert("other") };
    slow.iter().chain([&other]).for_each(|revert| assert_eq!(look(revert), Taken::UnderWay));
    sleep(MINUTE + Duration::from_secs(1)).await;
    assert_eq!((look(&other), asked.load(Ordering::Relaxed)), (Taken::Done, 2));
    while slow.iter().any(|revert| look(revert) != Taken::Done) {
        let next = queue.next().await;
        queue.done(&next);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 7);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_delays_no_revert_at_another_and_is_asked_for_four_at_a_time() {
    let (reverts, _, asked) = slow_server(Arc::new(Mutex::new(Ok(()))));
    let look = |revert: &Revert| reverts.look(&key(&revert.commit), revert, "team", &Arc::default());
    let stuck = |n: usize| Revert { repository: format!("{HANGS}-{n}"), ..revert(&format!("stuck-{n}")) };
    (0..40).for_each(|n| assert_eq!(look(&stuck(n)), Taken::UnderWay));
    sleep(MINUTE).await;
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    let good = revert("r1");
    look(&good);
    sleep(MINUTE + Duration::from_secs(1)).await;
    assert_eq!((look(&good), asked.load(Ordering::Relaxed)), (Taken::Done, 5));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_taken_back_is_told_once_and_tried_again_less_and_less_often() {
    let why = RenderError { kind: Kind::Unreachable, text: "no route".to_owned() };
    let said = Arc::new(Mutex::new(Err(why.clone())));
    let (reverts, queue, asked) = slow_server(said.clone());
    let look = || reverts.look(&key("web"), &revert("r1"), "team", &Arc::default());
    look();
    let failed = |is_new: bool| Taken::Failed { why: why.clone(), is_new };
    queue.next().await;
    queue.done(&key("web"));
    assert_eq!((look(), look()), (failed(true), failed(false)));
    let hour = Instant::now() + MINUTE * 60;
    let mut news = 0;
    while Instant::now() < hour {
        queue.next().await;
        news += usize::from(look() == failed(true));
        queue.done(&key("web"));
    }
    let tries = asked.load(Ordering::Relaxed);
    assert!((6..=12).contains(&tries), "{tries} tries in an hour");
    assert!(news.abs_diff(tries) <= 2, "{news} of {tries} failures were told");
    *said.lock().unwrap() = Ok(());
    while look() != Taken::Done {
        queue.next().await;
        queue.done(&key("web"));
    }
}
