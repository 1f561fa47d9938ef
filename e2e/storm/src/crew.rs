//! Many runs at once: each on one thread, in the order of their numbers, with progress for whoever waits.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How far apart two lines of progress are where nobody watches.
const SELDOM: Duration = Duration::from_secs(30);
/// The same at a terminal.
const OFTEN: Duration = Duration::from_secs(1);

/// What is wrong with one run.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What plays it again and tells all of it.
    pub again: String,
    /// How it went.
    pub transcript: Vec<String>,
    /// What was not as it must be.
    pub wrong: Vec<String>,
}

/// When many runs end before their number is reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limit {
    /// After so long.
    pub time: Option<Duration>,
    /// At so many failures.
    pub failures: Option<usize>,
}

/// What many runs came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub runs: u64,
    /// Those that went wrong, in no order.
    pub failures: Vec<Failure>,
}

/// Plays runs `0..count` until all are done or the limit is reached, on every processor. `one` says what is wrong with a run.
#[allow(clippy::disallowed_methods, reason = "people wait for it by their own clock")]
pub fn play(what: &str, count: u64, limit: Limit, one: impl Fn(u64) -> Option<Failure> + Sync) -> Tally {
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = Mutex::new(Vec::new());
    let began = Instant::now();
    let failed = || failures.lock().unwrap_or_else(PoisonError::into_inner).len();
    let up = || {
        limit.time.is_some_and(|time| began.elapsed() >= time) || limit.failures.is_some_and(|most| failed() >= most)
    };
    let work = || {
        while !up() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            if let Some(failure) = one(number) {
                eprintln!("\n{}: {}", failure.again, failure.wrong.join("; "));
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let crew: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        progress(what, count, &done, began, || crew.iter().all(thread::ScopedJoinHandle::is_finished));
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    Tally { runs: done.load(Ordering::Relaxed), failures }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[allow(clippy::disallowed_methods, reason = "people wait for it by their own clock")]
fn progress(what: &str, count: u64, done: &AtomicU64, began: Instant, is_over: impl Fn() -> bool) {
    let terminal = std::io::stderr().is_terminal();
    let pause = if terminal { OFTEN } else { SELDOM };
    let mut told = began;
    while !is_over() {
        thread::sleep(Duration::from_millis(50));
        if told.elapsed() < pause {
            continue;
        }
        told = Instant::now();
        let (start, end) = if terminal { ("\r", "") } else { ("", "\n") };
        eprint!("{start}{what}: {} of {count}, {} s{end}", done.load(Ordering::Relaxed), began.elapsed().as_secs());
    }
    eprintln!(
        "{}{what}: {}, {} s",
        if terminal { "\r" } else { "" },
        done.load(Ordering::Relaxed),
        began.elapsed().as_secs()
    );
}
