//! The order of keys: numbers in them count as numbers, letters come last.

use std::cmp::Ordering;
use std::rc::Rc;

/// Sorts entries by their keys.
///
/// The order of `a2`, `a10` and `a1b` goes in a circle, so this is a merge sort of our own: the standard library's may
/// panic at that.
pub(super) fn sorted<V>(mut entries: Vec<(Rc<str>, V)>) -> Vec<(Rc<str>, V)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = sorted(entries.split_off(entries.len() / 2));
    let mut left = sorted(entries).into_iter().peekable();
    let mut right = right.into_iter().peekable();
    let mut merged = Vec::new();
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let first = if compare(&one.0, &other.0) == Ordering::Greater { &mut right } else { &mut left };
        merged.extend(first.next());
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// Which of two keys go-yaml writes first.
fn compare(one: &str, other: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let differs = left.iter().zip(&right).position(|(left, right)| left != right);
    let Some(at) = differs else { return left.len().cmp(&right.len()) };
    let (left_char, right_char) = match (left.get(at), right.get(at)) {
        (Some(left), Some(right)) => (*left, *right),
        _ => return left.len().cmp(&right.len()),
    };
    match (left_char.is_alphabetic(), right_char.is_alphabetic()) {
        (true, true) => return left_char.cmp(&right_char),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => (),
    }
    // Where a zero differs inside a number, the digits before it keep their weight.
    let inside = (left_char == '0' || right_char == '0')
        && left
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|char| char.is_ascii_digit())
            .any(|char| *char != '0');
    let start = u128::from(inside);
    let number = |chars: &[char]| {
        let digits = chars.get(at..).unwrap_or_default().iter().map_while(|char| char.to_digit(10));
        digits.fold((start, 0usize), |(value, length), digit| {
            (value.saturating_mul(10).saturating_add(u128::from(digit)), length + 1)
        })
    };
    let (left_number, right_number) = (number(&left), number(&right));
    left_number.cmp(&right_number).then(left_char.cmp(&right_char))
}
