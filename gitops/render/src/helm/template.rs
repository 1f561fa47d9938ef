//! The run of `helm template`, and what comes of it.

use std::fs;
use std::path::Path;

use crate::child::{ChildError, Jail, Job};
use crate::directory::Output;
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::limits::{Limits, bytes};
use crate::objects::{self, malformed};
use crate::tree::Files;
use crate::yaml;

use super::Settings;

/// All that goes into a render.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    /// The chart's files, itself being the root.
    pub files: Files,
    /// Charts that it needs, as packed files by path.
    pub packed: Vec<(String, Vec<u8>)>,
    /// Files of values, in order.
    pub values: Vec<Vec<u8>>,
    /// Files of parameters, by the parameter's name.
    pub parameters: Vec<(String, Vec<u8>)>,
}

/// Files by the name of a parameter.
type Named = Vec<(String, String)>;

/// Renders a chart in `home`, an empty folder.
pub(crate) async fn template(
    jail: &Jail,
    (helm, home, limits): (&Path, &Path, &Limits),
    chart: &Chart,
    settings: &Settings,
) -> Result<Output, RenderError> {
    let (values, parameters) = lay_out(home, chart, settings)?;
    let mut job = Job::new(helm, home, limits).args(settings.arguments(&values, &parameters));
    for part in ["CACHE", "CONFIG", "DATA"] {
        job = job.env(&format!("HELM_{part}_HOME"), home.join("helm").join(part.to_lowercase()));
    }
    // Plugins are programs, and there are none.
    job = job.env("HELM_PLUGINS", home.join("helm/plugins")).env("KUBECONFIG", "/dev/null");
    let text = jail.run(job).await.map_err(|error| refused(error, limits))?;
    read(&String::from_utf8_lossy(&text))
}

/// Writes everything where the arguments say it is.
fn lay_out(home: &Path, chart: &Chart, settings: &Settings) -> Result<(Vec<String>, Named), RenderError> {
    chart.files.write(&home.join("chart"))?;
    let write = |name: &str, content: &[u8]| {
        let file = home.join(name);
        let folder = file.parent().unwrap_or(home);
        fs::create_dir_all(folder).and_then(|()| fs::write(&file, content)).on_this_machine(format!("write {name}"))
    };
    for (name, content) in &chart.packed {
        write(&format!("chart/{name}"), content)?;
    }
    let own = settings.values.as_ref().map(|text| text.clone().into_bytes());
    let mut values = Vec::new();
    for (index, content) in chart.values.iter().chain(&own).enumerate() {
        let name = format!("values/{index}.yaml");
        write(&name, content)?;
        values.push(name);
    }
    let mut parameters = Vec::new();
    for (index, (parameter, content)) in chart.parameters.iter().enumerate() {
        let name = format!("parameters/{index}");
        write(&name, content)?;
        parameters.push((parameter.clone(), name));
    }
    Ok((values, parameters))
}

fn refused(error: ChildError, limits: &Limits) -> RenderError {
    let said = |text: &str| format!("helm template: {}", text.trim_start_matches("Error: "));
    match error {
        ChildError::TimedOut(time) => {
            RenderError::new(Kind::TimedOut, said(&format!("it was stopped after {} s", time.as_secs_f32())))
        }
        ChildError::TooMuch(most) => {
            RenderError::new(Kind::Limit, said(&format!("it was stopped: it renders more than {}", bytes(most))))
        }
        ChildError::Failed { said: text, .. } if is_out_of_memory(&text) => {
            RenderError::new(Kind::Limit, said(&ChildError::TooLarge(limits.memory).to_string()))
        }
        ChildError::TooLarge(_) => RenderError::new(Kind::Limit, said(&error.to_string())),
        ChildError::Failed { said: text, .. } => RenderError::new(Kind::Tool, said(&first_lines(&text))),
        error => RenderError::new(Kind::Machine, said(&error.to_string())),
    }
}

/// A Go program that gets no memory, or no more stack, ends with pages of what it was doing.
fn is_out_of_memory(said: &str) -> bool {
    let signs = ["out of memory", "cannot allocate memory", "goroutine stack exceeds"];
    signs.iter().any(|sign| said.contains(sign))
}

fn first_lines(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("level=") && !line.starts_with("Use --debug"));
    let lines: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).take(6).collect();
    lines.join("; ").chars().take(2000).collect()
}

/// The objects of what Helm wrote; what is wrong with it is told by the template that it came from.
fn read(text: &str) -> Result<Output, RenderError> {
    let mut output = Output::default();
    let read = match yaml::documents(text) {
        Ok(read) => read,
        Err(why) => return Err(blame(text).unwrap_or_else(|| malformed("helm template", &why))),
    };
    output.warnings.extend(read.warning.map(|warning| format!("helm template: {warning}")));
    for document in read.documents {
        let added = objects::add(&mut output.objects, document, "helm template");
        added.map_err(|error| blame(text).unwrap_or(error))?;
    }
    Ok(output)
}

/// The first template whose part of the text is wrong.
fn blame(text: &str) -> Option<RenderError> {
    text.split("\n---").find_map(|part| {
        let name = part.lines().find_map(|line| line.strip_prefix("# Source: "))?;
        let mut objects = Vec::new();
        match yaml::documents(part) {
            Ok(read) => {
                read.documents.into_iter().find_map(|document| objects::add(&mut objects, document, name).err())
            }
            Err(why) => Some(malformed(name, &why)),
        }
    })
}
