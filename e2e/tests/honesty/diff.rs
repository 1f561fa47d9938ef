//! The lines that two texts do not share, for people to read.

/// How many shared lines are shown around a difference.
const AROUND: usize = 4;

enum Line<'a> {
    Both(&'a str),
    Left(&'a str),
    Right(&'a str),
}

/// The differences: `-` only left, `+` only right, with the shared lines around them.
pub(crate) fn lines(left: &str, right: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (left.lines().collect(), right.lines().collect());
    let all = align(&left, &right);
    let near = |at: usize| {
        let range = at.saturating_sub(AROUND)..all.len().min(at + AROUND + 1);
        all[range].iter().any(|line| !matches!(line, Line::Both(_)))
    };
    let mut shown = Vec::new();
    for (at, line) in all.iter().enumerate().filter(|(at, _)| near(*at)) {
        if at > 0 && !near(at - 1) {
            shown.push("    …".to_owned());
        }
        shown.push(match line {
            Line::Both(text) => format!("    {text}"),
            Line::Left(text) => format!("  - {text}"),
            Line::Right(text) => format!("  + {text}"),
        });
    }
    shown.join("\n")
}

/// Aligns along a longest common subsequence.
fn align<'a>(left: &[&'a str], right: &[&'a str]) -> Vec<Line<'a>> {
    let lengths = common(left, right);
    let (mut i, mut j, mut all) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            all.push(Line::Both(left[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
            all.push(Line::Left(left[i]));
            i += 1;
        } else {
            all.push(Line::Right(right[j]));
            j += 1;
        }
    }
    all
}

/// At `[i][j]` how many lines the texts share from line `i` of the left and `j` of the right on.
fn common(left: &[&str], right: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            lengths[i][j] =
                if left[i] == right[j] { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    lengths
}
