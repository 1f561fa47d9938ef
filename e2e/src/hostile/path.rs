//! Where a field is in an object.

use std::fmt;

use serde_json::{Map, Value, json};

/// One step down into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A field of that name.
    Key(String),
    /// The first item of a list.
    Item,
    /// The entry [`ENTRY`] of a map.
    Entry,
}

/// The key under which values are put into maps.
pub const ENTRY: &str = "hostile";

/// Where a field is, from the top of the object. Shown as its schema has it: `spec.steps[].labels{}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(pub Vec<Segment>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled("[]", "{}"))
    }
}

impl Path {
    /// A path of fields, lists and maps, as it is shown.
    pub fn parse(shown: &str) -> Self {
        let mut path = Self::default();
        for word in shown.split('.') {
            let name = word.trim_end_matches("[]").trim_end_matches("{}");
            path.0.push(Segment::Key(name.to_owned()));
            match word.strip_prefix(name) {
                Some("[]") => path.0.push(Segment::Item),
                Some("{}") => path.0.push(Segment::Entry),
                _ => {}
            }
        }
        path
    }

    /// The path one step further down.
    pub fn then(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// As messages name it: `spec.steps[0].labels.hostile`.
    pub fn concrete(&self) -> String {
        self.spelled("[0]", ".hostile")
    }

    /// The paths above, the nearest first.
    pub fn above(&self) -> impl Iterator<Item = Self> {
        (1..self.0.len()).rev().map(|end| Self(self.0.iter().take(end).cloned().collect()))
    }

    /// The last name in it.
    pub fn name(&self) -> &str {
        let named =
            self.0.iter().rev().find_map(|segment| if let Segment::Key(name) = segment { Some(name) } else { None });
        named.map_or("", String::as_str)
    }

    fn spelled(&self, item: &str, entry: &str) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Key(name) if text.is_empty() => text += name,
                Segment::Key(name) => text.extend([".", name]),
                Segment::Item => text += item,
                Segment::Entry => text += entry,
            }
        }
        text
    }

    /// What is there.
    pub fn get<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |value, segment| match segment {
            Segment::Key(name) => value.get(name),
            Segment::Item => value.get(0),
            Segment::Entry => value.get(ENTRY),
        })
    }

    /// Puts a value there. What is on the way and no object or list becomes one.
    pub fn put(&self, object: &mut Value, value: Value) {
        let mut place = object;
        for segment in &self.0 {
            place = match segment {
                Segment::Key(name) => entry(place, name),
                Segment::Entry => entry(place, ENTRY),
                Segment::Item => first(place),
            };
        }
        *place = value;
    }

    /// Takes away what is there; lists and maps above that have nothing else stay.
    pub fn remove(&self, object: &mut Value) {
        let Some((last, above)) = self.0.split_last() else { return };
        let mut place = object;
        for segment in above {
            let inner = match segment {
                Segment::Key(name) => place.get_mut(name),
                Segment::Item => place.get_mut(0),
                Segment::Entry => place.get_mut(ENTRY),
            };
            let Some(inner) = inner else { return };
            place = inner;
        }
        match (last, place) {
            (Segment::Key(name), Value::Object(fields)) => drop(fields.remove(name)),
            (Segment::Entry, Value::Object(fields)) => drop(fields.remove(ENTRY)),
            (Segment::Item, Value::Array(items)) if !items.is_empty() => drop(items.remove(0)),
            _ => {}
        }
    }
}

fn entry<'a>(place: &'a mut Value, name: &str) -> &'a mut Value {
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    // An object by now, which takes any key.
    let Value::Object(fields) = place else { unreachable!() };
    fields.entry(name).or_insert(Value::Null)
}

fn first(place: &mut Value) -> &mut Value {
    if place.as_array().is_none_or(Vec::is_empty) {
        *place = json!([null]);
    }
    // A list with an item by now.
    let Some(first) = place.get_mut(0) else { unreachable!() };
    first
}

/// Adds what `object` lacks of `more`: fields of objects, and of the first items of lists.
pub fn complete(object: &mut Value, more: &Value) {
    match (object, more) {
        (Value::Object(fields), Value::Object(more)) => {
            for (name, value) in more {
                match fields.get_mut(name) {
                    Some(own) => complete(own, value),
                    None => drop(fields.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => match (items.first_mut(), more.first()) {
            (Some(own), Some(other)) => complete(own, other),
            (None, Some(other)) => items.push(other.clone()),
            _ => {}
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_and_removed_again() {
        for shown in ["spec.replicas", "spec.steps[].pause.duration", "spec.labels{}", "spec.hosts[]"] {
            let path = Path::parse(shown);
            assert_eq!(path.to_string(), shown);
            let mut object = json!({"kept": 1});
            path.put(&mut object, json!(5));
            assert_eq!(path.get(&object), Some(&json!(5)), "{object}");
            path.remove(&mut object);
            assert_eq!(path.get(&object), None, "{object}");
            assert_eq!(object.get("kept"), Some(&json!(1)));
        }
    }

    #[test]
    fn completing_keeps_what_is_there() {
        let mut object = json!({"a": 1, "list": [{"x": 1}]});
        complete(&mut object, &json!({"a": 2, "b": 3, "list": [{"x": 2, "y": 4}, 5]}));
        assert_eq!(object, json!({"a": 1, "b": 3, "list": [{"x": 1, "y": 4}]}));
    }
}
