//! What names, labels and annotations may be.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
     and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
     alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
     validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1123: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
     start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
     validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
     alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// What is wrong with the name of an object of a kind.
pub(crate) fn object(kind: &str, name: &str) -> Option<String> {
    match kind {
        "Service" => longer(name, 63).or_else(|| otherwise(is_label(name) && !starts_with_digit(name), LABEL_1035)),
        "Namespace" => longer(name, 63).or_else(|| otherwise(is_label(name), LABEL_1123)),
        _ => longer(name, 253).or_else(|| otherwise(is_subdomain(name), SUBDOMAIN)),
    }
}

/// What is wrong with the value of a label.
pub(crate) fn label_value(value: &str) -> Option<String> {
    longer(value, 63).or_else(|| otherwise(value.is_empty() || is_qualified(value), VALUE))
}

/// All that is wrong with the key of a label or an annotation.
pub(crate) fn label_key(key: &str) -> Vec<String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let mut wrong = Vec::new();
    if let Some(prefix) = prefix {
        let empty = prefix.is_empty().then(|| "prefix part must be non-empty".to_owned());
        wrong.extend(empty.or_else(|| otherwise(is_subdomain(prefix), &format!("prefix part {SUBDOMAIN}"))));
    }
    wrong.extend(name.is_empty().then(|| "name part must be non-empty".to_owned()));
    wrong.extend(longer(name, 63).map(|why| format!("name part {why}")));
    wrong.extend(otherwise(is_qualified(name), KEY));
    wrong
}

fn longer(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} characters"))
}

fn otherwise(right: bool, what: &str) -> Option<String> {
    (!right).then(|| what.to_owned())
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    framed(text, plain) && text.bytes().all(|letter| plain(letter) || letter == b'-')
}

fn is_qualified(text: &str) -> bool {
    framed(text, |letter| letter.is_ascii_alphanumeric())
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter))
}

fn framed(text: &str, frame: impl Fn(u8) -> bool) -> bool {
    let (first, last) = (text.bytes().next(), text.bytes().next_back());
    first.is_some_and(&frame) && last.is_some_and(&frame)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}
