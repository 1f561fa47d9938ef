#![allow(clippy::unwrap_used)]
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn check(holder: Option<&str>, unchanged: u64, expected: &Turn) {
    let record =
        holder.map(|holder| Record { holder: holder.to_owned(), duration: 15 * SECOND, version: "1".to_owned() });
    let since = Instant::now();
    let now = since + u32::try_from(unchanged).unwrap() * SECOND;
    assert_eq!(&turn("me", record.as_ref(), since, now), expected, "{holder:?} for {unchanged} s");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_taken_only_when_it_is_free_or_its_holder_has_long_been_silent() {
    check(None, 0, &Turn::Create);
    check(Some("me"), 0, &Turn::Renew);
    check(Some("me"), 100, &Turn::Renew);
    check(Some("other"), 0, &Turn::Wait);
    check(Some("other"), 14, &Turn::Wait);
    check(Some("other"), 15, &Turn::Take(15 * SECOND));
    check(Some(""), 0, &Turn::Take(Duration::ZERO));
}

#[test]
fn times_that_let_two_lead_are_refused_by_their_flags() {
    let times = |duration, deadline, retry| Times::new(duration * SECOND, deadline * SECOND, retry * SECOND);
    assert!(times(15, 10, 2).is_ok());
    assert!(times(10, 10, 2).unwrap_err().contains("--leader-election-lease-duration"));
    assert!(times(15, 10, 5).unwrap_err().contains("--leader-election-renew-deadline"));
    assert!(times(15, 10, 0).unwrap_err().contains("--leader-election-retry-period"));
}
