//! What an experiment's arguments may say of the experiment itself, such as `{{templates.new.podTemplateHash}}`.

/// The most bytes of an argument once it is filled in.
const LONGEST: usize = 64 << 10;

/// Replaces every `{{tag}}` by what is known of it; any other text between double braces is an error.
pub fn fill(text: &str, known: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (tag, after) = after.split_once("}}").ok_or("\"{{\" is never closed by \"}}\"")?;
        filled.push_str(before);
        filled.push_str(&known(tag.trim()).ok_or_else(|| unknown(tag.trim()))?);
        rest = after;
        if filled.len() > LONGEST {
            return Err(format!("is longer than {LONGEST} bytes once it is filled in"));
        }
    }
    Ok(filled + rest)
}

fn unknown(tag: &str) -> String {
    format!(
        "{{{{{tag}}}}} is not known; write templates.NAME.podTemplateHash, templates.NAME.replicaset.name, \
         experiment.availableAt or, where there is a duration, experiment.finishedAt"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_and_anything_else_is_said() {
        let known = |tag: &str| (tag == "templates.a.podTemplateHash").then(|| "abc".to_owned());
        assert_eq!(fill("x{{ templates.a.podTemplateHash }}y", known), Ok("xabcy".to_owned()));
        assert_eq!(fill("plain", known), Ok("plain".to_owned()));
        assert!(fill("{{templates.b.podTemplateHash}}", known).is_err_and(|why| why.contains("templates.b")));
        assert!(fill("{{open", known).is_err());
        assert!(fill(&"{{templates.a.podTemplateHash}}".repeat(30_000), known).is_err());
    }
}
