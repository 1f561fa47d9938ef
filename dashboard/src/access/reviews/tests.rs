use std::collections::BTreeSet;

use futures::future::join_all;
use tokio::time::timeout;

use super::super::api::Server;
use super::super::rights::{Sight, sight};
use super::super::sessions::{Session, Sessions};
use super::*;
use crate::kind::Kind;
use crate::watch::Key;

async fn session(reviews: &Reviews, sessions: &Sessions, name: &str, now: Instant) -> Arc<Session> {
    let person = reviews.who(name).await.unwrap().unwrap();
    let secret = sessions.begin(Some((person, name.to_owned())), now).unwrap();
    sessions.used(secret.text(), now).unwrap()
}

fn namespaces(count: usize) -> BTreeSet<String> {
    (0..count).map(|number| format!("team-{number:04}")).collect()
}

#[tokio::test]
async fn all_sessions_of_a_user_share_answers_and_nobody_else_does() {
    let server = Server::default();
    let (reviews, sessions, now) = (Reviews::new(server.client()), Sessions::default(), Instant::now());
    let ann = [session(&reviews, &sessions, "ann", now).await, session(&reviews, &sessions, "ann", now).await];
    let bob = session(&reviews, &sessions, "bob", now).await;
    server.asked();
    for session in [&ann[0], &ann[1], &bob, &bob] {
        sight(&reviews, session, Kind::Rollout, namespaces(1), now).await.unwrap();
    }
    assert_eq!(
        server.asked(),
        ["ann list rollouts -", "ann list rollouts team-0000", "bob list rollouts -", "bob list rollouts team-0000"]
    );
    server.state().groups = vec!["admins".to_owned()];
    let promoted = session(&reviews, &sessions, "ann", now).await;
    assert_eq!(
        sight(&reviews, &promoted, Kind::Rollout, namespaces(1), now).await.unwrap(),
        Sight::All,
        "groups count"
    );
}

#[tokio::test]
async fn answers_about_lists_of_namespaces_hold_longest() {
    let server = Server::default();
    let (reviews, start) = (Reviews::new(server.client()), Instant::now());
    let session = session(&reviews, &Sessions::default(), "ann", start).await;
    let mut asked = Vec::new();
    for seconds in [0, 29, 30, 299, 300] {
        server.asked();
        let now = start + Duration::from_secs(seconds);
        sight(&reviews, &session, Kind::Rollout, namespaces(5), now).await.unwrap();
        asked.push((seconds, server.asked().len()));
    }
    assert_eq!(asked, [(0, 6), (29, 0), (30, 1), (299, 1), (300, 5)]);
}

#[tokio::test]
async fn few_reviews_are_under_way_whatever_people_look_at() {
    let server = Server::default();
    let (reviews, sessions, now) = (Reviews::new(server.client()), Sessions::default(), Instant::now());
    let names = (0..20).map(|number| format!("user-{}", number / 2));
    let all = join_all(names.map(async |name| session(&reviews, &sessions, &name, now).await)).await;
    server.asked();
    let pages = all.iter().map(|session| sight(&reviews, session, Kind::Rollout, namespaces(40), now));
    assert!(join_all(pages).await.iter().all(Result::is_ok));
    assert_eq!(server.state().most, READS);
    assert_eq!(server.asked().len(), 10 * 41, "two pages of one user, opened at once, ask once");
}

#[tokio::test]
async fn an_order_does_not_wait_behind_pages() {
    let server = Server::default();
    let (reviews, now) = (Reviews::new(server.client()), Instant::now());
    let session = session(&reviews, &Sessions::default(), "ann", now).await;
    let question = Question::write(Kind::Rollout, &Key::new("shop", "web"), "status");
    let _all = reviews.reads.acquire_many(u32::try_from(READS).unwrap()).await.unwrap();
    let may = timeout(Duration::from_secs(5), session.may(&reviews, &question)).await;
    assert!(!may.expect("it is answered").unwrap());
}

#[tokio::test]
async fn people_are_forgotten_with_their_last_session() {
    let server = Server::default();
    let (reviews, sessions, now) = (Reviews::new(server.client()), Sessions::default(), Instant::now());
    let ann = session(&reviews, &sessions, "ann", now).await;
    sessions.end(&ann);
    drop(ann);
    session(&reviews, &sessions, "bob", now).await;
    assert_eq!(reviews.people.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn of_very_many_namespaces_the_first_are_asked_about() {
    let server = Server::default();
    let (reviews, now) = (Reviews::new(server.client()), Instant::now());
    let session = session(&reviews, &Sessions::default(), "ann", now).await;
    for (count, is_cut) in [(1000, false), (1001, true)] {
        let seen = sight(&reviews, &session, Kind::Rollout, namespaces(count), now).await.unwrap();
        assert_eq!(seen, Sight::Namespaces { seen: BTreeSet::new(), is_cut });
    }
    assert!(!server.asked().contains(&"ann list rollouts team-1000".to_owned()));
}
