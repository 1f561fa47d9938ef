//! Variables that whoever runs the controller gives to sources: `{{env "NAME"}}`.

/// A variable as a command line gives it, `NAME=VALUE`. The error says what to write.
pub fn given(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    if !is_name(name) {
        return Err(format!("{name:?} is no name of a variable: write letters, digits and _, no digit first"));
    }
    if name.starts_with("ARGOCD_APP_") {
        return Err(format!("{name} is the Application's own: take another name"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_name_and_a_value() {
        let ok = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(given("ENVIRONMENT=prod"), ok("ENVIRONMENT", "prod"));
        assert_eq!(given("_a1=b=c"), ok("_a1", "b=c"));
        assert_eq!(given("EMPTY="), ok("EMPTY", ""));
        for wrong in ["ENVIRONMENT", "=prod", "1A=x", "A-B=x", "ARGOCD_APP_NAME=x"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
