//! The language of label selectors: `app=web,tier in (a,b),!old,n>3`.

use serde_json::Value;

use super::super::super::names;

/// One condition on one label.
#[derive(Debug)]
pub(super) struct Requirement {
    key: String,
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    There,
    Absent,
    In(Vec<String>),
    /// Or not there at all.
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Requirement {
    pub(super) fn holds(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).and_then(Value::as_str);
        let number = value.and_then(|value| value.parse::<i64>().ok());
        match &self.wanted {
            Wanted::There => value.is_some(),
            Wanted::Absent => value.is_none(),
            Wanted::In(values) => value.is_some_and(|value| values.iter().any(|each| each == value)),
            Wanted::NotIn(values) => value.is_none_or(|value| values.iter().all(|each| each != value)),
            Wanted::Above(bound) => number.is_some_and(|number| number > *bound),
            Wanted::Below(bound) => number.is_some_and(|number| number < *bound),
        }
    }
}

/// All conditions of a selector; the error is as the server words it.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut tokens = Tokens { rest: text };
    let mut requirements = Vec::new();
    while let Some(token) = tokens.next() {
        requirements.push(requirement(&token, &mut tokens)?);
        match tokens.next().as_deref() {
            None => break,
            Some(",") if tokens.peek().is_some() => {}
            Some(other) => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
    }
    Ok(requirements)
}

fn requirement(first: &str, tokens: &mut Tokens) -> Result<Requirement, String> {
    if first == "!" {
        let key = tokens.next().unwrap_or_default();
        return Ok(Requirement { key: checked_key(&key)?, wanted: Wanted::Absent });
    }
    if is_sign(first) {
        return Err(format!("found '{first}', expected: !, identifier, or 'end of string'"));
    }
    let key = checked_key(first)?;
    if tokens.peek().is_none_or(|next| next == ",") {
        return Ok(Requirement { key, wanted: Wanted::There });
    }
    let operator = tokens.next().unwrap_or_default();
    let wanted = wanted(&key, &operator, tokens).map_err(|why| format!("unable to parse requirement: {why}"))?;
    Ok(Requirement { key, wanted })
}

fn wanted(key: &str, operator: &str, tokens: &mut Tokens) -> Result<Wanted, String> {
    match operator {
        "=" | "==" => Ok(Wanted::In(checked(key, vec![value(tokens)?])?)),
        "!=" => Ok(Wanted::NotIn(checked(key, vec![value(tokens)?])?)),
        "in" => Ok(Wanted::In(checked(key, values(tokens)?)?)),
        "notin" => Ok(Wanted::NotIn(checked(key, values(tokens)?)?)),
        ">" => Ok(Wanted::Above(number(tokens)?)),
        "<" => Ok(Wanted::Below(number(tokens)?)),
        other => Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
    }
}

/// A value may be left out, and is then empty.
fn value(tokens: &mut Tokens) -> Result<String, String> {
    match tokens.peek() {
        None => Ok(String::new()),
        Some(token) if token == "," => Ok(String::new()),
        Some(token) if is_sign(&token) => Err(format!("found '{token}', expected: identifier")),
        Some(_) => Ok(tokens.next().unwrap_or_default()),
    }
}

fn values(tokens: &mut Tokens) -> Result<Vec<String>, String> {
    let open = tokens.next().unwrap_or_default();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    let mut values = vec![String::new()];
    loop {
        match tokens.next().as_deref() {
            Some(")") => return Ok(values),
            Some(",") => values.push(String::new()),
            Some(token) if !is_sign(token) => {
                values.pop();
                values.push(token.to_owned());
            }
            other => return Err(format!("found '{}', expected: ',', or identifier", other.unwrap_or_default())),
        }
    }
}

fn number(tokens: &mut Tokens) -> Result<i64, String> {
    let text = value(tokens)?;
    text.parse().map_err(|_| {
        format!("values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer")
    })
}

fn checked_key(key: &str) -> Result<String, String> {
    match names::label_key(key).first() {
        None => Ok(key.to_owned()),
        Some(why) => Err(format!("unable to parse requirement: key: Invalid value: \"{key}\": {why}")),
    }
}

fn checked(key: &str, values: Vec<String>) -> Result<Vec<String>, String> {
    for (at, value) in values.iter().enumerate() {
        if let Some(why) = names::label_value(value) {
            return Err(format!("values[{at}][{key}]: Invalid value: \"{value}\": {why}"));
        }
    }
    Ok(values)
}

/// Words and signs, one after the other.
struct Tokens<'a> {
    rest: &'a str,
}

const SIGNS: [&str; 10] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<", "%"];

fn is_sign(token: &str) -> bool {
    SIGNS.contains(&token)
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<String> {
        let text = self.rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let length = match SIGNS.iter().find(|sign| text.starts_with(**sign)) {
            Some(sign) => sign.len(),
            None => {
                text.find(|letter: char| letter.is_whitespace() || "=!(),><".contains(letter)).unwrap_or(text.len())
            }
        };
        let (token, rest) = text.split_at(length);
        self.rest = rest;
        Some(token.to_owned())
    }

    fn peek(&self) -> Option<String> {
        Tokens { rest: self.rest }.next()
    }
}
