//! The report: one page without links to anywhere, for light and dark, for wide and narrow.

use super::bounds::Bound;
use super::chart;
use super::figures::{Figures, ReleaseFigures};

const STYLE: &str = include_str!("page.css");
const WIDE: f64 = 860.0;
const NARROW: f64 = 380.0;

/// The page.
pub(super) fn html(figures: &Figures) -> String {
    let (wide, narrow) = (chart::svg(&figures.series, WIDE), chart::svg(&figures.series, NARROW));
    let releases: String = figures.releases.iter().map(release).collect();
    let plateaus: String = figures.releases.iter().map(plateaus).collect();
    let bounds: String = figures.bounds.iter().map(bound).collect();
    let (verdict, class) = if figures.held { ("Every bound held.", "good") } else { ("Not every bound held.", "bad") };
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice: a good version went out, a bad one came back</title>
<style>
{STYLE}</style>
</head>
<body>
<h1>A good version goes out, a bad one comes back</h1>
<p>200 requests a second went through Traefik all along. v1 settled; v2 is good; v3 fails 8 % of its requests.
A real Kubernetes API server, real Traefik, real Prometheus. <b class="{class}">{verdict}</b></p>
<p class="legend"><span class="key wanted-key">wanted</span> <span class="key measured-key">measured</span>
<span class="key errors-key">failed, of the new version’s</span> <span class="key all-key">failed, of all</span></p>
<div class="wide">{wide}</div>
<div class="narrow">{narrow}</div>
<h2>Releases</h2>
<div class="scroll"><table>
<tr><th>release<th>outcome<th>requests<th>failed<th>failed, not by itself<th>share off by<th>breach to weight 0</tr>
{releases}</table></div>
<h2>Bounds</h2>
<div class="scroll"><table>
<tr><th><th>what<th>figure<th>limit</tr>
{bounds}</table></div>
<h2>Weights</h2>
<div class="scroll"><table>
<tr><th>release<th>wanted<th>measured<th>requests</tr>
{plateaus}</table></div>
<h2>How it was measured</h2>
<ul>
<li>Requests and failures of a release are those sent from when it was applied until 5 s after it ended, whoever answered.</li>
<li>A share is measured once for each weight: over all requests sent from 2 s after Traefik’s API showed the weight until
the next weight was written. A time of less than a second is not judged.</li>
<li>Breach to weight 0 begins when the measurement that broke the condition was taken, and ends when the controller read
weight 0 back. The controller’s own clock measures it, as an AnalysisRun tells whole seconds only; where watching the
objects from outside gave a longer time, that one is reported.</li>
<li>The time for a pass is from looking to writing down, without waiting for the API server. Its 99th percentile is the
bound of a histogram’s bucket: at most that.</li>
<li>A share in the drawing is that of the second before, an error rate that of the 4 s before, as the analysis looks at it.
Between writing a weight and its effect lies Traefik, which loads a change at most every 2 s.</li>
</ul>
</body>
</html>
"#
    )
}

fn release(release: &ReleaseFigures) -> String {
    let outcome = release.outcome.map_or_else(|| "no end".to_owned(), |outcome| outcome.to_string());
    row(&[
        release.name.to_owned(),
        outcome,
        release.requests.to_string(),
        release.failed.to_string(),
        release.failed_not_by_itself.to_string(),
        measured(release.share_error_points_max.map(|points| format!("{points:.2} points"))),
        measured(release.breach_to_zero_ms.map(|millis| format!("{millis:.0} ms"))),
    ])
}

fn plateaus(release: &ReleaseFigures) -> String {
    let rows = release.plateaus.iter().map(|plateau| {
        row(&[
            release.name.to_owned(),
            format!("{:.0} %", plateau.wanted),
            measured(plateau.measured.map(|share| format!("{share:.2} %"))),
            plateau.requests.to_string(),
        ])
    });
    rows.collect()
}

fn bound(bound: &Bound) -> String {
    let mark = if bound.held { "<b class=\"good\">✔</b>" } else { "<b class=\"bad\">✖</b>" };
    row(&[mark.to_owned(), escape(bound.what), escape(&bound.figure), escape(&bound.limit)])
}

fn row<const N: usize>(cells: &[String; N]) -> String {
    format!("<tr><td>{}</tr>\n", cells.join("<td>"))
}

fn measured(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
