use super::super::api::Server;
use super::super::review::User;
use super::*;
use crate::kind::Kind;
use crate::watch::Key;

fn token_of(name: &str) -> (Arc<Person>, String) {
    (Arc::new(Person::new(User { name: name.to_owned(), ..User::default() })), name.to_owned())
}

fn may_patch() -> Question {
    Question::write(Kind::Rollout, &Key::new("shop", "web"), "")
}

#[test]
fn sessions_end_by_disuse_by_age_and_by_hand() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let secret = sessions.begin(None, start).unwrap();
    let at = |minutes: u64| start + Duration::from_mins(minutes);
    assert!(sessions.used("guessed", start).is_none());
    assert!(sessions.used(secret.text(), at(59)).is_some());
    assert!(sessions.used(secret.text(), at(119)).is_none(), "not used for an hour");
    let secret = sessions.begin(None, start).unwrap();
    for minute in (0..720).step_by(30) {
        assert!(sessions.used(secret.text(), at(minute)).is_some());
    }
    assert!(sessions.used(secret.text(), at(720)).is_none(), "twelve hours are enough");
    let other = sessions.begin(None, start).unwrap();
    let session = sessions.used(other.text(), start).unwrap();
    sessions.end(&session);
    assert!(!sessions.fed(&session, start));
    assert!(sessions.used(other.text(), start).is_none());
}

#[test]
fn a_page_that_is_fed_is_a_use_until_the_session_is_too_old() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let secret = sessions.begin(None, start).unwrap();
    let session = sessions.used(secret.text(), start).unwrap();
    let at = |minutes: u64| start + Duration::from_mins(minutes);
    for minute in 0..720 {
        assert!(sessions.fed(&session, at(minute)), "after {minute} min");
    }
    assert!(!sessions.fed(&session, at(720)), "twelve hours are enough");
    let secret = sessions.begin(None, start).unwrap();
    let session = sessions.used(secret.text(), start).unwrap();
    assert!(!sessions.fed(&session, at(60)), "a page that comes back too late is told nothing");
}

#[test]
fn whoever_signs_in_often_ends_their_own_sessions() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let of_ann = sessions.begin(Some(token_of("ann")), start).unwrap();
    let of_bob: Vec<_> =
        (0..EACH as u64).map(|second| sessions.begin(Some(token_of("bob")), at(second)).unwrap()).collect();
    assert!(sessions.used(of_bob[0].text(), at(60)).is_some());
    for _ in 0..MOST {
        sessions.begin(Some(token_of("bob")), at(61)).unwrap();
    }
    assert!(sessions.used(of_ann.text(), at(62)).is_some());
    assert!(of_bob.iter().all(|secret| sessions.used(secret.text(), at(62)).is_none()));
    assert_eq!(sessions.lock().len(), 1 + EACH);
}

#[test]
fn one_more_of_their_own_ends_the_longest_unused() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let secrets: Vec<_> = (0..EACH).map(|_| sessions.begin(Some(token_of("ann")), start).unwrap()).collect();
    let later = start + Duration::from_secs(1);
    for secret in secrets.iter().skip(1) {
        assert!(sessions.used(secret.text(), later).is_some());
    }
    sessions.begin(Some(token_of("ann")), later).unwrap();
    let lives: Vec<_> = secrets.iter().map(|secret| sessions.used(secret.text(), later).is_some()).collect();
    assert_eq!(lives, [false, true, true, true, true, true, true, true]);
}

#[test]
fn many_users_with_many_sessions_do_not_sign_out_one_with_few() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let later = start + Duration::from_secs(1);
    let of_zoe = sessions.begin(Some(token_of("zoe")), start).unwrap();
    for number in 0..MOST * 2 {
        sessions.begin(Some(token_of(&format!("robot-{}", number / EACH))), later).unwrap();
    }
    assert_eq!(sessions.lock().len(), MOST);
    assert!(sessions.used(of_zoe.text(), later).is_some());
}

#[test]
fn the_longest_unused_goes_where_nobody_has_more_than_others() {
    for user in [|_| None, |number| Some(token_of(&format!("user-{number}")))] {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let later = start + Duration::from_secs(2);
        let first = sessions.begin(user(0), start).unwrap();
        let second = sessions.begin(user(1), start).unwrap();
        assert!(sessions.used(first.text(), start + Duration::from_secs(1)).is_some());
        for number in 2..=MOST {
            sessions.begin(user(number), later).unwrap();
        }
        assert!(sessions.used(first.text(), later).is_some());
        assert!(sessions.used(second.text(), later).is_none());
    }
}

/// See <https://kubernetes.io/docs/reference/access-authn-authz/authentication/>: whose groups they are says the authenticator, anew
/// each time.
#[tokio::test]
async fn groups_that_a_user_gets_or_loses_count_from_the_next_review_of_the_token() {
    let server = Server::default();
    server.state().groups = vec!["admins".to_owned()];
    let (reviews, sessions, start) = (Reviews::new(server.client()), Sessions::default(), Instant::now());
    let ann = reviews.who("ann").await.unwrap().unwrap();
    let secret = sessions.begin(Some((ann, "ann".to_owned())), start).unwrap();
    let session = sessions.used(secret.text(), start).unwrap();
    assert!(session.may_look(&reviews, may_patch(), start).await.unwrap());
    server.state().groups.clear();
    let soon = start + HOLDS - Duration::from_secs(1);
    assert!(session.is_known(&reviews, soon).await.unwrap());
    assert!(session.may_look(&reviews, may_patch(), soon).await.unwrap(), "answers hold for 30 s");
    let late = start + HOLDS;
    assert!(session.is_known(&reviews, late).await.unwrap());
    assert!(!session.may_look(&reviews, may_patch(), late).await.unwrap());
    assert!(!session.may(&reviews, &may_patch()).await.unwrap());
    server.state().groups = vec!["admins".to_owned()];
    let later = late + HOLDS;
    assert!(session.is_known(&reviews, later).await.unwrap());
    assert!(session.may_look(&reviews, may_patch(), later).await.unwrap());
}
