//! The figures, beside those of the established controllers and what is promised.

use std::fmt::Write;

use super::course::Figures;

/// What is measured, here, what is promised, what the established controllers need.
type Row = (String, String, &'static str, &'static str);

/// The table. What the others need is of 1,000 Applications on two processors: application controller and repository server
/// together.
pub(super) fn of(figures: &Figures) -> String {
    let mut table = String::new();
    let head =
        (format!("{} Applications of one repository", figures.number), "here".to_owned(), "bound", "established");
    for (what, here, bound, others) in std::iter::once(head).chain(rows(figures)) {
        // Writing into a String cannot fail.
        let _ = writeln!(table, "{what:<52} {here:>12} {bound:>10} {others:>12}");
    }
    table
}

fn rows(figures: &Figures) -> Vec<Row> {
    let seconds = |value: f64| format!("{value:.2} s");
    let mib = |bytes: u64| format!("{} MiB", bytes / (1 << 20));
    let mut rows = vec![
        ("installed after".to_owned(), seconds(figures.install.seconds), "60 s", "174 s"),
        ("  processor time".to_owned(), seconds(figures.install.cpu), "15 s", "135 s"),
        (
            "  memory at most (programs that it starts apart)".to_owned(),
            mib(figures.installed_peak),
            "130 MiB",
            "672 MiB",
        ),
        ("  fetches from the repository".to_owned(), figures.install_fetches.to_string(), "1", ""),
        ("a change by hand healed after (median)".to_owned(), seconds(figures.healed.0), "0.2 s", "0.44 s"),
        ("  at most".to_owned(), seconds(figures.healed.1), "", ""),
        ("a commit that changes one: all compared after".to_owned(), seconds(figures.commit.seconds), "5 s", "190 s"),
        ("  processor time".to_owned(), seconds(figures.commit.cpu), "2 s", "22 s"),
        ("nothing to do for 30 s: processor time".to_owned(), seconds(figures.idle_cpu), "", "0.4 s"),
        ("  writes".to_owned(), figures.idle_writes.to_string(), "0", ""),
        ("  questions to the repository (interval 30 s)".to_owned(), figures.idle_looks.to_string(), "1", ""),
    ];
    if let Some(large) = figures.large {
        let what = format!("one Application of {} objects installed after", large.objects);
        rows.push((what, seconds(large.cost.seconds), "", ""));
        rows.push(("  processor time".to_owned(), seconds(large.cost.cpu), "", ""));
        rows.push(("  its size".to_owned(), format!("{} KiB", large.bytes / 1024), "1.5 MiB", ""));
    }
    rows.push(("memory at most in all".to_owned(), mib(figures.peak), "", ""));
    rows
}
