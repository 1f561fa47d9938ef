//! The figures that the documentation gives, simulated: an hour of a release, looked at every ten seconds.

use super::{Arm, Buckets, Evidence, Latency, Look, Ranks};

/// Looks in an hour.
const LOOKS: usize = 360;
/// Seconds between them.
const SECONDS: f64 = 10.0;
/// The part of requests that fail in a good version.
const BASE: f64 = 0.005;
/// The canary's share.
const SHARE: f64 = 0.05;
const ALPHA: f64 = 0.01;

/// xorshift64*, after Vigna, *An experimental exploration of Marsaglia's xorshift generators, scrambled* (2016).
struct Random(u64);

impl Random {
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Events in a while in which so many are to be expected: as many as exponential waits fit into it.
    fn poisson(&mut self, mean: f64) -> u64 {
        let mut waited = 0.0;
        for events in 0.. {
            waited -= (1.0 - self.uniform()).ln();
            if waited > mean {
                return events;
            }
        }
        0
    }

    /// What a version does between two looks.
    fn arm(&mut self, requests_a_second: f64, fail: f64) -> Arm {
        let good = self.poisson(requests_a_second * SECONDS * (1.0 - fail));
        let bad = self.poisson(requests_a_second * SECONDS * fail);
        Arm { requests: good + bad, bad }
    }
}

/// In how many of so many hours a canary that fails `ratio` times as often is blamed, and after how many seconds in the median
/// of all hours.
fn hours(number: usize, requests: f64, ratio: f64) -> (usize, Option<usize>) {
    let mut random = Random(0x5EED_0F51_0000_0001 | number as u64);
    let mut times: Vec<Option<usize>> = (0..number)
        .map(|_| {
            let mut evidence = Evidence::new(1.3);
            (1..=LOOKS).find(|_| {
                let canary = random.arm(requests * SHARE, BASE * ratio);
                let stable = random.arm(requests * (1.0 - SHARE), BASE);
                evidence.add(&Look { canary, stable });
                evidence.blames(ALPHA)
            })
        })
        .collect();
    times.sort_by_key(|time| time.unwrap_or(usize::MAX));
    let blamed = times.iter().flatten().count();
    (blamed, times[number / 2].map(|looks| looks * 10))
}

#[test]
fn a_good_version_is_blamed_less_often_than_once_in_two_hundred_hours() {
    for (number, requests) in [(1000, 2.0), (1000, 20.0), (200, 200.0)] {
        let (blamed, _) = hours(number, requests, 1.0);
        println!("{blamed} of {number} hours at {requests} requests/s");
        assert!(blamed * 200 <= number, "{blamed} of {number} hours at {requests} requests/s");
    }
}

#[test]
fn a_tenfold_error_rate_shows_in_a_minute_and_a_half() {
    let (blamed, median) = hours(1000, 20.0, 10.0);
    println!("{blamed} of 1000 hours, in the median after {median:?} s");
    assert!(median.is_some_and(|seconds| seconds <= 90), "{median:?}");
}

#[test]
fn a_broken_version_shows_at_once() {
    assert_eq!(hours(200, 20.0, 1.0 / BASE).1, Some(10));
    assert!(hours(200, 2.0, 1.0 / BASE).1.is_some_and(|seconds| seconds <= 30));
}

/// How many of a good version's requests are at most so slow, bucket by bucket; and of one whose slow requests are twice as many.
const GOOD: [f64; 4] = [0.5, 0.9, 0.98, 1.0];
const SLOW: [f64; 4] = [0.4, 0.8, 0.96, 1.0];

impl Random {
    /// What a version's histogram counts between two looks.
    fn histogram(&mut self, requests_a_second: f64, shares: [f64; 4]) -> Buckets {
        let (mut before, mut counted) = (0.0, 0);
        let counts = shares.map(|share| {
            counted += self.poisson(requests_a_second * SECONDS * (share - before));
            before = share;
            counted
        });
        Buckets(counts.into())
    }
}

/// The same for latencies.
fn slow_hours(number: usize, requests: f64, canary: [f64; 4]) -> (usize, Option<usize>) {
    let mut random = Random(0x5EED_0F51_0000_0002 | number as u64);
    let mut times: Vec<Option<usize>> = (0..number)
        .map(|_| {
            let mut latency = Latency::new(1.3);
            (1..=LOOKS).find(|_| {
                let canary = random.histogram(requests * SHARE, canary);
                latency.add(&canary, &random.histogram(requests * (1.0 - SHARE), GOOD));
                latency.blames(ALPHA)
            })
        })
        .collect();
    times.sort_by_key(|time| time.unwrap_or(usize::MAX));
    (times.iter().flatten().count(), times[number / 2].map(|looks| looks * 10))
}

#[test]
fn a_version_as_fast_is_blamed_less_often_than_once_in_two_hundred_hours() {
    let (blamed, _) = slow_hours(400, 20.0, GOOD);
    println!("{blamed} of 400 hours");
    assert!(blamed * 200 <= 400, "{blamed} of 400 hours");
}

#[test]
fn twice_as_many_slow_requests_show_within_a_quarter_of_an_hour() {
    let (blamed, median) = slow_hours(100, 20.0, SLOW);
    println!("{blamed} of 100 hours, in the median after {median:?} s");
    assert!(median.is_some_and(|seconds| seconds <= 900), "{median:?}");
}

/// In how many of so many releases a canary is blamed by rank at one of `looks` looks, ten seconds apart; each look has its part
/// of the chance to be wrong. And after how many seconds in the median of all.
fn ranked(number: usize, looks: u32, requests: f64, canary: [f64; 4], tolerance: f64) -> (usize, Option<usize>) {
    let mut random = Random(0x5EED_0F51_0000_0003 | number as u64);
    let mut times: Vec<Option<usize>> = (0..number)
        .map(|_| {
            let mut ranks = Ranks::default();
            (1..=looks as usize).find(|_| {
                let canary = random.histogram(requests * SHARE, canary);
                ranks.add(&canary, &random.histogram(requests * (1.0 - SHARE), GOOD));
                let is_unlikely = ranks.chance() < ALPHA / f64::from(looks);
                ranks.canary >= 100 && is_unlikely && ranks.slower() > 0.5 + tolerance
            })
        })
        .collect();
    times.sort_by_key(|time| time.unwrap_or(usize::MAX));
    (times.iter().flatten().count(), times[number / 2].map(|looks| looks * 10))
}

#[test]
fn by_rank_a_version_as_fast_is_blamed_in_one_of_a_hundred_releases_at_most() {
    for (looks, requests) in [(1, 200.0), (30, 20.0), (30, 200.0)] {
        let (blamed, _) = ranked(2000, looks, requests, GOOD, 0.0);
        println!("{blamed} of 2000 releases of {looks} looks at {requests} requests/s");
        assert!(blamed <= 20, "{blamed} of 2000 releases of {looks} looks at {requests} requests/s");
    }
}

#[test]
fn by_rank_a_version_slower_all_in_all_shows_in_minutes() {
    for (requests, seconds) in [(20.0, 900), (200.0, 120)] {
        let (blamed, median) = ranked(400, 90, requests, SLOW, 0.05);
        println!("{blamed} of 400 releases at {requests} requests/s, in the median after {median:?} s");
        assert!(median.is_some_and(|found| found <= seconds), "{median:?}");
    }
}
