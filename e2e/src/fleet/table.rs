//! The figures, beside those of the established controllers and what is promised.

use std::fmt::Write;

use super::course::Figures;

/// So many Applications are what is promised for.
const PROMISED: u32 = 1000;

/// One figure.
struct Row {
    what: String,
    here: f64,
    unit: Unit,
    /// What is promised: no more than this.
    bound: Option<f64>,
    /// What the established controllers need.
    others: &'static str,
}

#[derive(Clone, Copy)]
enum Unit {
    Seconds,
    Bytes,
    Number,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.2} s"),
            Self::Bytes if value < MIB => format!("{:.0} KiB", value / 1024.0),
            Self::Bytes => format!("{:.1} MiB", value / MIB),
            Self::Number => format!("{value}"),
        }
    }
}

const MIB: f64 = 1_048_576.0;

impl Row {
    fn is_over(&self) -> bool {
        self.bound.is_some_and(|bound| self.here > bound)
    }
}

/// The table. What the others need is of 1,000 Applications on two processors: application controller and repository server
/// together.
pub(super) fn of(figures: &Figures) -> String {
    let mut table = String::new();
    let head = format!("{} Applications of one repository", figures.number);
    // Writing into a String cannot fail.
    let _ = writeln!(table, "{head:<52} {:>12} {:>10} {:>12}", "here", "bound", "established");
    for Row { what, here, unit, bound, others } in rows(figures) {
        let bound = bound.map(|bound| unit.show(bound)).unwrap_or_default();
        let _ = writeln!(table, "{what:<52} {:>12} {bound:>10} {others:>12}", unit.show(here));
    }
    table
}

/// What is worse than promised, a line for each. More Applications than promised for are held to nothing.
pub(super) fn broken(figures: &Figures) -> Vec<String> {
    if figures.number > PROMISED {
        return Vec::new();
    }
    let over = rows(figures).into_iter().filter(Row::is_over);
    over.map(|row| {
        let bound = row.unit.show(row.bound.unwrap_or_default());
        format!("{}: {}, and {bound} is the bound", row.what.trim(), row.unit.show(row.here))
    })
    .collect()
}

/// Memory and counts are far below where a float is coarse.
#[allow(clippy::cast_precision_loss)]
fn rows(figures: &Figures) -> Vec<Row> {
    let row = |what: &str, here: f64, unit, bound, others| Row { what: what.to_owned(), here, unit, bound, others };
    let seconds = |what, here, bound, others| row(what, here, Unit::Seconds, bound, others);
    let count = |what, here: usize, bound| row(what, here as f64, Unit::Number, bound, "");
    let bytes = |what, here: u64, bound, others| row(what, here as f64, Unit::Bytes, bound, others);
    let mut rows = vec![
        seconds("installed after", figures.install.seconds, Some(60.0), "174 s"),
        seconds("  processor time to install", figures.install.cpu, Some(15.0), "135 s"),
        bytes("  memory at most (programs that it starts apart)", figures.installed_peak, Some(130.0 * MIB), "672 MiB"),
        count("  fetches from the repository", figures.install_fetches, Some(1.0)),
        seconds("a change by hand healed after (median)", figures.healed.0, Some(0.2), "0.44 s"),
        seconds("  at most", figures.healed.1, None, ""),
        seconds("a commit that changes one: all compared after", figures.commit.seconds, Some(5.0), "190 s"),
        seconds("  processor time of a commit", figures.commit.cpu, Some(2.0), "22 s"),
        seconds("nothing to do for 30 s: processor time", figures.idle_cpu, None, "0.4 s"),
        count("  writes with nothing to do", figures.idle_writes, Some(0.0)),
        count("  questions to the repository (interval 30 s)", figures.idle_looks, Some(1.0)),
    ];
    if let Some(large) = figures.large {
        let what = format!("one Application of {} objects installed after", large.objects);
        rows.push(seconds(&what, large.cost.seconds, None, ""));
        rows.push(seconds("  processor time", large.cost.cpu, None, ""));
        rows.push(bytes("  size of an Application of many objects", large.bytes as u64, Some(1.5 * MIB), ""));
    }
    rows.push(bytes("memory at most in all", figures.peak, None, ""));
    rows
}

#[cfg(test)]
mod tests {
    use super::super::course::Cost;
    use super::*;

    #[test]
    fn what_is_over_its_bound_is_named() {
        let mut figures = Figures { number: 1000, install_fetches: 1, ..Figures::default() };
        assert_eq!(broken(&figures), Vec::<String>::new());
        figures.commit = Cost { seconds: 5.54, cpu: 1.0 };
        figures.installed_peak = 140 << 20;
        figures.idle_writes = 1;
        let expected = [
            "memory at most (programs that it starts apart): 140.0 MiB, and 130.0 MiB is the bound",
            "a commit that changes one: all compared after: 5.54 s, and 5.00 s is the bound",
            "writes with nothing to do: 1, and 0 is the bound",
        ];
        assert_eq!(broken(&figures), expected);
        figures.number = 5000;
        assert_eq!(broken(&figures), Vec::<String>::new(), "nothing is promised of so many");
    }
}
