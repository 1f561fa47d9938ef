//! Replies in a release's thread: one for each thing that happens.

use super::message::{Message, context, section};
use super::text::{code, lines, short};
use crate::release::{Analysis, Concern, Happening, Metric, Release, Verdict};
use crate::text::{cut, escaped};

/// What is said of something that happened. Failures are shown in the channel too.
pub fn reply(release: &Release, happening: &Happening) -> Message {
    let (line, more) = told(release, happening);
    let broadcast = match happening {
        Happening::Aborted(_) | Happening::RolledBack(_) | Happening::ChecksFailed(_) | Happening::Concern(..) => true,
        // An abort follows a failed analysis, and is told by itself.
        Happening::Analysis(_)
        | Happening::Step { .. }
        | Happening::Waits(_)
        | Happening::GoesOn
        | Happening::Completed => false,
    };
    // In the channel it stands without the thread: it has to say what it is about.
    let about = if broadcast {
        format!("*{}* in {}: ", escaped(&release.name), escaped(&release.namespace))
    } else {
        String::new()
    };
    let place = escaped(&format!("{} in {}", release.name, release.namespace));
    let text = cut(&format!("{place}: {}", plain(&line)), LONGEST_PREVIEW);
    let (sign, said) = line.split_once(' ').unwrap_or(("", &line));
    let blocks = [Some(section(&format!("{sign} {about}{said}"))), (!more.is_empty()).then(|| section(&more))];
    let command = context(&[command(release, happening)]);
    Message { text, blocks: blocks.into_iter().flatten().chain(command).collect(), broadcast, ..Message::default() }
}

const LONGEST_PREVIEW: usize = 300;
/// How much is shown of a reason.
const LONGEST_WHY: usize = 1500;
/// How much is shown of all metrics, with their escapes.
const LONGEST_METRICS: usize = 2500;

/// The first line, with its sign, and what follows.
fn told(release: &Release, happening: &Happening) -> (String, String) {
    let quoted = |why: &String| {
        let why = short(why, LONGEST_WHY);
        why.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
    };
    match happening {
        Happening::Step { step, what } => {
            let all = release.steps.map(|steps| format!(" of {}", steps.all)).unwrap_or_default();
            (format!(":heavy_check_mark: step {step}{all} done: {}", short(what, LONGEST_WHY)), String::new())
        }
        Happening::Waits(why) => (":hourglass_flowing_sand: waits".to_owned(), quoted(why)),
        Happening::GoesOn => (":arrow_forward: goes on".to_owned(), String::new()),
        Happening::Analysis(analysis) => of_analysis(analysis),
        Happening::Completed => (":white_check_mark: all users have the new version".to_owned(), String::new()),
        Happening::Aborted(why) => {
            (":red_circle: aborted, users go back to the version before".to_owned(), quoted(why))
        }
        Happening::RolledBack(why) => {
            (":rewind: rolled back: the version went bad after all users had it".to_owned(), quoted(why))
        }
        Happening::ChecksFailed(why) => {
            (":rotating_light: users may still not be well after the rollback".to_owned(), quoted(why))
        }
        Happening::Concern(concern, why) => (of_concern(*concern).to_owned(), quoted(why)),
    }
}

fn of_concern(concern: Concern) -> &'static str {
    match concern {
        Concern::WouldRollBack => ":eyes: would have been rolled back, were it not a dry run",
        Concern::NotifyOnly => ":warning: goes bad, and is not taken back: you are to be told only",
        Concern::NotByThisVersion => ":warning: goes bad, and so does the version before it: a rollback would not help",
        Concern::NotRolledBack => ":warning: goes bad, and is not taken back for now",
        Concern::Unmeasurable => ":see_no_evil: cannot be watched by the rollback policy",
    }
}

fn of_analysis(analysis: &Analysis) -> (String, String) {
    let name = code(&analysis.name, 253);
    let line = match analysis.verdict {
        Verdict::Running => format!(":bar_chart: analysis {name} began"),
        Verdict::Passed => format!(":white_check_mark: analysis {name} passed"),
        Verdict::Failed => format!(":x: analysis {name} failed"),
        Verdict::Inconclusive => format!(":grey_question: analysis {name} cannot tell"),
        Verdict::Error => format!(":warning: analysis {name} could not measure"),
    };
    let message = short(&analysis.message, LONGEST_WHY / 4);
    let message = (!message.is_empty()).then(|| format!("> {}", message.replace('\n', " ")));
    // What is bad is said first: where there are many, the rest is left out.
    let mut metrics: Vec<&Metric> = analysis.metrics.iter().collect();
    metrics.sort_by_key(|metric| matches!(metric.verdict, Verdict::Passed | Verdict::Running));
    let all: Vec<String> = message.into_iter().chain(metrics.into_iter().map(of_metric)).collect();
    (line, lines(&all, LONGEST_METRICS))
}

/// `✗ success-rate: 0.921, asked result >= 0.95, 3 of 5 bad`.
fn of_metric(metric: &Metric) -> String {
    let sign = match metric.verdict {
        Verdict::Running => "◌",
        Verdict::Passed => "✓",
        Verdict::Failed => "✗",
        Verdict::Inconclusive => "?",
        Verdict::Error => "⚠",
    };
    let value = (!metric.value.is_empty()).then(|| format!("*{}*", short(&metric.value, 80)));
    let asked = (!metric.condition.is_empty()).then(|| format!("asked {}", code(&metric.condition, 200)));
    let count = (metric.measured > 0).then(|| format!("{} of {} bad", metric.bad, metric.measured));
    let parts: Vec<String> = [value, asked, count].into_iter().flatten().collect();
    format!("{sign} {}: {}", short(&metric.name, 100), parts.join(", "))
}

/// What to do about it.
fn command(release: &Release, happening: &Happening) -> String {
    let (name, namespace) = (&release.name, &release.namespace);
    let command = match happening {
        Happening::Aborted(_) => format!("kubectl sluice retry {name} -n {namespace}"),
        Happening::RolledBack(_) | Happening::ChecksFailed(_) | Happening::Concern(..) => {
            format!("kubectl sluice get rollout {name} -n {namespace}")
        }
        _ => return String::new(),
    };
    code(&command, 600)
}

/// Without the emoji in front, which previews show as their names.
fn plain(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, rest)| rest)
}
