//! What becomes of each request on its way to the API server, as a seed has it.

use std::time::Duration;

use super::dice::Dice;

/// A request, as far as its fate depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// How many requests of this method and path came before, from 0.
    pub number: u64,
    /// Its HTTP method.
    pub method: &'a str,
    /// Its path, without the query.
    pub path: &'a str,
}

/// What an API server, or what stands before it, answers instead of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 409: somebody else wrote.
    Conflict,
    /// 429, with `Retry-After: 1`.
    TooMany,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
    /// 504.
    Timeout,
}

/// Which of two answers to a request that was sent twice comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// That to the first.
    First,
    /// That to the second, which often is a conflict.
    Second,
}

/// What becomes of a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Both get through.
    Through,
    /// The connection is cut before the API server has the request.
    CutBefore,
    /// The connection is cut once the request is carried out; the answer is lost.
    CutAfter,
    /// The connection is cut in the middle of the answer.
    Torn,
    /// The request is late.
    Late(Duration),
    /// The answer is late.
    AnswerLate(Duration),
    /// The request is carried out twice.
    Twice(Answer),
    /// This is answered, and the API server never has the request.
    Refused(Refusal),
    /// This is answered, and yet the request was carried out.
    Masked(Refusal),
    /// 504 is answered at once, and the request is carried out that much later.
    Ghost(Duration),
}

/// What becomes of the stream of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It flows.
    Through,
    /// It never begins: this is answered.
    Refused(Refusal),
    /// It is cut after that time.
    Cut(Duration),
    /// It is cut after that time, in the middle of an event.
    Torn(Duration),
    /// After that time it is told that its version is too old, and must list anew.
    Expired(Duration),
    /// From the first time on nothing comes for the second, and nothing tells so; then all of it comes at once.
    Held(Duration, Duration),
    /// From the first time on nothing comes for the second, and then it is cut: what was held is lost.
    HalfOpen(Duration, Duration),
    /// Each piece is late by that much.
    Slow(Duration),
}

impl Fate {
    /// Decides. Of 100 writes 29 meet trouble, of 100 reads 18.
    pub fn of(seed: u64, asked: &Asked<'_>) -> Self {
        let mut dice = Dice::new(seed, asked.number, &["exchange", asked.method, asked.path]);
        let throw = dice.below(100);
        if asked.method == "GET" { Self::read(throw, &mut dice) } else { Self::write(throw, &mut dice) }
    }

    fn read(throw: u64, dice: &mut Dice) -> Self {
        match throw {
            0..4 => Self::CutBefore,
            4..6 => Self::Torn,
            6..10 => Self::AnswerLate(dice.millis(50, 3_000)),
            10..18 => Self::Refused(
                dice.one_of(Refusal::TooMany, &[Refusal::Internal, Refusal::Unavailable, Refusal::Timeout]),
            ),
            _ => Self::Through,
        }
    }

    fn write(throw: u64, dice: &mut Dice) -> Self {
        match throw {
            0..3 => Self::CutBefore,
            3..7 => Self::CutAfter,
            7..8 => Self::Torn,
            8..11 => Self::Late(dice.millis(50, 4_000)),
            11..14 => Self::AnswerLate(dice.millis(50, 4_000)),
            14..18 => Self::Twice(dice.one_of(Answer::First, &[Answer::Second])),
            18..24 => Self::Refused(dice.one_of(
                Refusal::Conflict,
                &[Refusal::TooMany, Refusal::Internal, Refusal::Unavailable, Refusal::Timeout],
            )),
            24..27 => Self::Masked(dice.one_of(Refusal::Internal, &[Refusal::Timeout])),
            27..29 => Self::Ghost(dice.millis(100, 3_000)),
            _ => Self::Through,
        }
    }

    /// What it is called in counts and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Through => "through",
            Self::CutBefore => "cut-before",
            Self::CutAfter => "cut-after",
            Self::Torn => "torn",
            Self::Late(_) => "late",
            Self::AnswerLate(_) => "answer-late",
            Self::Twice(_) => "twice",
            Self::Refused(refusal) => refusal.name(),
            Self::Masked(Refusal::Timeout) => "504-applied",
            Self::Masked(_) => "500-applied",
            Self::Ghost(_) => "504-applied-later",
        }
    }
}

impl Flow {
    /// Decides. Of 100 watches 70 meet trouble: there are few of them, and they last.
    pub fn of(seed: u64, asked: &Asked<'_>) -> Self {
        let mut dice = Dice::new(seed, asked.number, &["watch", asked.path]);
        let (throw, after) = (dice.below(100), dice.millis(500, 20_000));
        match throw {
            0..8 => Self::Refused(dice.one_of(Refusal::TooMany, &[Refusal::Internal, Refusal::Unavailable])),
            8..20 => Self::Cut(after),
            20..30 => Self::Torn(after),
            30..38 => Self::Expired(after),
            38..50 => Self::Held(after, dice.millis(1_000, 15_000)),
            50..60 => Self::HalfOpen(after, dice.millis(1_000, 15_000)),
            60..70 => Self::Slow(dice.millis(50, 2_000)),
            _ => Self::Through,
        }
    }

    /// What it is called in counts and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Through => "through",
            Self::Refused(refusal) => refusal.name(),
            Self::Cut(_) => "watch-cut",
            Self::Torn(_) => "watch-torn",
            Self::Expired(_) => "watch-expired",
            Self::Held(..) => "watch-held",
            Self::HalfOpen(..) => "watch-half-open",
            Self::Slow(_) => "watch-slow",
        }
    }
}

impl Refusal {
    /// Its HTTP status and the reason in its body.
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Self::Conflict => (409, "Conflict"),
            Self::TooMany => (429, "TooManyRequests"),
            Self::Internal => (500, "InternalError"),
            Self::Unavailable => (503, "ServiceUnavailable"),
            Self::Timeout => (504, "Timeout"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Conflict => "409",
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::Unavailable => "503",
            Self::Timeout => "504",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn asked(number: u64, method: &str) -> Asked<'_> {
        Asked { number, method, path: "/api/v1/services" }
    }

    #[test]
    fn a_fate_follows_from_seed_and_request_alone() {
        for number in 0..200 {
            assert_eq!(Fate::of(7, &asked(number, "PATCH")), Fate::of(7, &asked(number, "PATCH")));
            assert_eq!(Flow::of(7, &asked(number, "GET")), Flow::of(7, &asked(number, "GET")));
        }
        let of = |seed| (0..200).map(|number| Fate::of(seed, &asked(number, "PATCH"))).collect::<Vec<_>>();
        assert_ne!(of(1), of(2));
    }

    fn shares<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
        names.fold(BTreeMap::new(), |mut counts, name| {
            *counts.entry(name).or_default() += 1;
            counts
        })
    }

    #[test]
    fn every_kind_of_trouble_comes_and_most_requests_get_through() {
        let writes = shares((0..10_000).map(|number| Fate::of(1, &asked(number, "PATCH")).name()));
        let reads = shares((0..10_000).map(|number| Fate::of(1, &asked(number, "GET")).name()));
        let watches = shares((0..10_000).map(|number| Flow::of(1, &asked(number, "GET")).name()));
        assert_eq!((writes.len(), reads.len(), watches.len()), (15, 8, 10), "{writes:?} {reads:?} {watches:?}");
        let through = |shares: &BTreeMap<&str, usize>| shares.get("through").copied().unwrap_or_default();
        assert!((6_900..7_300).contains(&through(&writes)), "{writes:?}");
        assert!((8_000..8_400).contains(&through(&reads)), "{reads:?}");
    }
}
