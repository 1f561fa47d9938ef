//! `app logs`: the logs of the pods that belong to an Application's objects.

use std::pin::Pin;

use anstream::adapter::strip_str;
use anyhow::{Context, Result, bail};
use futures::stream::{self, BoxStream, StreamExt};
use futures::{AsyncBufRead, AsyncBufReadExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;
use kube::{Api, Client, ResourceExt};
use sluice_crds::ResourceStatus;

use super::{chosen, destination, names, pods};
use crate::args::LogsArgs;
use crate::clean::{clean, clean_line};
use crate::client::Cluster;
use crate::out::Out;
use crate::report::Report;
use crate::trouble::explain;

/// The most containers that are followed at once.
const MOST: usize = 100;
/// The longest line that is held together: what is longer is told in parts.
const LONGEST: usize = 64 << 10;

/// A container of a pod.
struct Source {
    namespace: String,
    pod: String,
    container: String,
}

/// Prints them: followed, as lines come; else container by container.
pub(crate) async fn run(cluster: &Cluster, wanted: &LogsArgs, out: Out) -> Result<Report> {
    let mut report = Report::default();
    for named in names::of(cluster, &wanted.names).await? {
        let app = names::read(cluster, &named).await?;
        let place = destination::of(cluster, &wanted.place, &app).await?;
        let mut objects = chosen::of(&app, &wanted.resource);
        objects.retain(|one| is_wanted(one, wanted));
        let found = pods::of(&place.client, &objects).await?;
        let sources: Vec<Source> = found.iter().flat_map(|pod| containers(pod, wanted)).collect();
        if sources.is_empty() {
            report.errors.push(format!("application '{named}' has no pods that were asked for"));
        }
        if sources.len() > MOST {
            bail!(
                "application '{named}' has {} containers; name some with --kind, --name or --container",
                sources.len()
            );
        }
        let errors = Box::pin(print(&place.client, wanted, &sources, out)).await?;
        report.errors.extend(errors);
    }
    Ok(report)
}

fn is_wanted(one: &ResourceStatus, wanted: &LogsArgs) -> bool {
    let is = |flag: &Option<String>, text: &str| flag.as_deref().is_none_or(|flag| flag == text);
    is(&wanted.group, &one.group) && is(&wanted.kind, &one.kind) && is(&wanted.name, &one.name)
}

/// Its containers, as far as they are asked for.
fn containers(pod: &Pod, wanted: &LogsArgs) -> Vec<Source> {
    let spec = pod.spec.as_ref();
    let all = spec.into_iter().flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers));
    let asked = all.filter(|one| match &wanted.container {
        Some(name) => *name == one.name,
        None => spec.is_some_and(|spec| spec.containers.iter().any(|own| own.name == one.name)),
    });
    let source = |container: &k8s_openapi::api::core::v1::Container| Source {
        namespace: pod.namespace().unwrap_or_default(),
        pod: pod.name_any(),
        container: container.name.clone(),
    };
    asked.map(source).collect()
}

/// Prints all of them; one that cannot be read does not stop the others, and is an error in the end.
async fn print(client: &Client, wanted: &LogsArgs, sources: &[Source], out: Out) -> Result<Vec<String>> {
    let several = sources.len() > 1;
    let logs = stream::iter(sources).map(|source| log(client, wanted, source, several));
    let mut lines =
        if wanted.follow { stream::select_all(logs.collect::<Vec<_>>().await).boxed() } else { logs.flatten().boxed() };
    let mut errors = Vec::new();
    while let Some(line) = lines.next().await {
        match line {
            Ok(line) => out.line(&line)?,
            Err(error) => errors.push(explain(&error)),
        }
    }
    Ok(errors)
}

/// The lines of one container, as they are printed.
fn log<'a>(client: &Client, wanted: &'a LogsArgs, source: &'a Source, several: bool) -> BoxStream<'a, Result<String>> {
    let api: Api<Pod> = Api::namespaced(client.clone(), &source.namespace);
    let some = |count: u32| (count > 0).then(|| i64::from(count));
    let params = LogParams {
        container: Some(source.container.clone()),
        follow: wanted.follow,
        previous: wanted.previous,
        tail_lines: some(wanted.tail),
        since_seconds: some(wanted.since_seconds),
        ..LogParams::default()
    };
    let before =
        if several { format!("[{} {}] ", clean(&source.pod), clean(&source.container)) } else { String::new() };
    let opened = async move {
        let what = || format!("read the log of container '{}' of pod '{}'", source.container, source.pod);
        match api.log_stream(&source.pod, &params).await.with_context(what) {
            Ok(bytes) => lines(Box::pin(bytes)).boxed(),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    };
    let lines = stream::once(opened).flatten();
    let wanted_lines = lines.filter_map(move |line| {
        let kept = match line {
            Ok(line) => wanted.filter.as_ref().is_none_or(|text| line.contains(text)).then(|| shown(&before, &line)),
            Err(error) => Some(Err(error)),
        };
        futures::future::ready(kept)
    });
    wanted_lines.boxed()
}

/// Whatever a program writes to its log, it does not steer the terminal of who reads it.
#[expect(clippy::unnecessary_wraps, reason = "the shape that the stream wants")]
fn shown(before: &str, line: &str) -> Result<String> {
    Ok(format!("{before}{}", clean_line(&strip_str(line).to_string())))
}

/// The lines of what is read. One that does not end is told in parts.
fn lines(bytes: Pin<Box<dyn AsyncBufRead + Send>>) -> impl futures::Stream<Item = Result<String>> + Send {
    stream::try_unfold(
        (bytes, Vec::new()),
        |(mut bytes, mut line): (Pin<Box<dyn AsyncBufRead + Send>>, Vec<u8>)| async move {
            loop {
                let (used, ended) = {
                    let here = bytes.fill_buf().await.context("read the log")?;
                    let end = here.iter().position(|byte| *byte == b'\n');
                    let part = here.get(..end.unwrap_or(here.len())).unwrap_or_default();
                    let part = part.get(..part.len().min(LONGEST)).unwrap_or_default();
                    line.extend_from_slice(part);
                    let whole = end == Some(part.len());
                    (part.len() + usize::from(whole), whole || here.is_empty())
                };
                bytes.as_mut().consume(used);
                if (ended && used > 0) || line.len() >= LONGEST || (ended && !line.is_empty()) {
                    let text = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
                    return Ok(Some((text, (bytes, Vec::new()))));
                }
                if ended {
                    return Ok(None);
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    #[test]
    fn lines_are_told_as_they_were_written_and_one_that_never_ends_in_parts() {
        let told = |text: &'static [u8]| {
            let bytes: Pin<Box<dyn AsyncBufRead + Send>> = Box::pin(futures::io::Cursor::new(text));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(lines(bytes).try_collect::<Vec<String>>()).unwrap()
        };
        assert_eq!(told(b"one\n\ntwo\r\nthree"), ["one", "", "two", "three"]);
        assert_eq!(told(b""), [""; 0]);
        assert_eq!(shown("[a b] ", "\x1b[31mred\x1b[0m\tand \x1b]0;title\x07").unwrap(), "[a b] red\tand ");
        let long: &'static [u8] = Box::leak(vec![b'x'; 3 * LONGEST / 2].into_boxed_slice());
        assert_eq!(told(long).iter().map(String::len).collect::<Vec<_>>(), [LONGEST, LONGEST / 2]);
    }
}
