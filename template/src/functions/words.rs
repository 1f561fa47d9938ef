//! Upper and lower case, and the beginnings of words.

use super::{Builtin, takes};
use crate::args::Type;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("upper", &[Type::Text], |args, _| Ok(args.text(0)?.chars().map(upper).collect::<String>().into())),
    takes("lower", &[Type::Text], |args, _| Ok(args.text(0)?.chars().map(lower).collect::<String>().into())),
    takes("title", &[Type::Text], |args, _| Ok(title(args.text(0)?).into())),
    takes("untitle", &[Type::Text], |args, _| Ok(untitle(args.text(0)?).into())),
    takes("swapcase", &[Type::Text], |args, _| Ok(swap(args.text(0)?).into())),
    takes("nospace", &[Type::Text], |args, _| {
        Ok(args.text(0)?.chars().filter(|char| !char.is_whitespace()).collect::<String>().into())
    }),
    takes("initials", &[Type::Text], |args, _| Ok(initials(args.text(0)?).into())),
];

/// The upper case of a character, where that is one character.
pub(super) fn upper(char: char) -> char {
    let mut all = char.to_uppercase();
    match (all.next(), all.next()) {
        (Some(upper), None) => upper,
        _ => char,
    }
}

/// The lower case of a character; of several characters the first, as Go has it.
pub(super) fn lower(char: char) -> char {
    char.to_lowercase().next().unwrap_or(char)
}

/// The case of a character at the beginning of a word: four letters that are two have one of their own.
fn title_case(char: char) -> char {
    match char {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        _ => upper(char),
    }
}

/// Upper case for the letter after each separator, as `strings.Title`.
fn title(text: &str) -> String {
    let separates = |char: char| match char {
        '_' => false,
        _ if char.is_ascii() => !char.is_ascii_alphanumeric(),
        _ => !char.is_alphanumeric() && char.is_whitespace(),
    };
    let mut after_separator = true;
    text.chars()
        .map(|char| {
            let shown = if after_separator { title_case(char) } else { char };
            after_separator = separates(char);
            shown
        })
        .collect()
}

/// Lower case for the first letter of each word.
fn untitle(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|char| {
            if char.is_whitespace() {
                first = true;
                char
            } else {
                let shown = if first { lower(char) } else { char };
                first = false;
                shown
            }
        })
        .collect()
}

/// The other case for each letter; lower-case letters after spaces are beginnings of words.
fn swap(text: &str) -> String {
    text.chars().map(|char| if char.is_uppercase() { lower(char) } else { upper(char) }).collect()
}

fn initials(text: &str) -> String {
    text.split_whitespace().filter_map(|word| word.chars().next()).collect()
}
