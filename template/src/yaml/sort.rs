//! The order of keys: numbers in them count as numbers, letters come last.

use std::cmp::Ordering;

/// Which of two keys go-yaml writes first.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
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
        && left.get(..at).unwrap_or_default().iter().rev().take_while(|char| char.is_ascii_digit()).any(|char| *char != '0');
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
