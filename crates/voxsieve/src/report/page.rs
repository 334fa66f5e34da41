//! The page: facts, pictures, charts and a table.

use super::Content;
use super::chart::{Chart, Scale, short, whole};
use super::picture::{Picture, colour};
use crate::Summary;
use serde_json::Value;
use std::fmt::Write;
use voxsieve_core::VolumeSpec;

/// Columns of the table of objects that the page has, by how their names begin.
const COLUMNS: [(&str, &str); 9] = [
    ("id", "label"),
    ("voxels", "voxels"),
    ("volume", "volume"),
    ("surface", "surface"),
    ("equivalent_diameter", "diameter"),
    ("sphericity", "sphericity"),
    ("euler_26", "Euler number"),
    ("touches_border", "at the border"),
    ("intensity_mean", "mean grey"),
];

/// All of it.
pub fn html(content: &Content) -> String {
    let title = escape(&content.title);
    let summary = content.measured.as_ref().map(|measured| &measured.summary);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{}</style></head>\n<body><header><h1>{title}</h1><p>{}</p></header>\n",
        include_str!("style.css"),
        escape(&describe(&content.spec, &content.format))
    );
    page.push_str(&facts(summary, content.grey.as_ref()));
    page.push_str(&slices(&content.pictures, summary.is_some()));
    if let Some(chart) = content.grey.as_ref().and_then(histogram) {
        page.push_str(&chart);
    }
    if let Some(summary) = summary {
        let _ = write!(
            page,
            "<div class=\"pair\">{}{}</div>\n",
            profile(summary),
            sizes(summary)
        );
        page.push_str(&largest(summary));
    }
    let _ = write!(
        page,
        "<footer>Voxsieve {}. Surfaces by Lindblad's weighted local configurations.</footer></body></html>\n",
        env!("CARGO_PKG_VERSION")
    );
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn describe(spec: &VolumeSpec, format: &str) -> String {
    let shape = spec.shape.map(whole).join(" × ");
    let size = match (spec.spacing, spec.unit) {
        (None, _) => "voxel size unknown".to_owned(),
        (Some(size), unit) => {
            let unit = unit.map_or("(no unit)", voxsieve_core::LengthUnit::symbol);
            format!("voxels of {} {unit}", size.map(short).join(" × "))
        }
    };
    format!(
        "{shape} voxels (z, y, x) of {}, {size}; {format}",
        spec.dtype
    )
}

/// The figures at the top.
fn facts(summary: Option<&Summary>, grey: Option<&Value>) -> String {
    let mut cards: Vec<(&str, String, String)> = Vec::new();
    if let Some(s) = summary {
        let unit = &s.unit;
        let percent = |share: f64| format!("{} %", short(100.0 * share));
        cards.push(("objects", whole(s.objects), String::new()));
        cards.push((
            "foreground",
            percent(s.foreground_fraction),
            format!("{} voxels", whole(s.foreground_voxels)),
        ));
        cards.push((
            "background",
            percent(s.background_fraction),
            "the porosity of solid objects".into(),
        ));
        cards.push((
            "specific surface",
            short(s.specific_surface),
            format!("{unit}² per {unit}³"),
        ));
        if let Some(diameter) = s.mean_diameter {
            cards.push((
                "mean diameter",
                short(diameter),
                format!("{unit}, of equal balls"),
            ));
        }
        cards.push((
            "Euler number",
            s.euler_26.to_string().replace('-', "−"),
            "26 neighbours".into(),
        ));
    }
    if let Some(grey) = grey {
        let number = |name: &str| grey[name].as_f64().map_or("–".to_owned(), short);
        let range = format!("{} to {}", number("min"), number("max"));
        cards.push(("mean grey value", number("mean"), range));
    }
    let mut html = String::from("<div class=\"facts\">");
    for (name, value, more) in cards {
        let _ = write!(
            html,
            "<div><span>{name}</span><b>{value}</b> <i>{more}</i></div>"
        );
    }
    html + "</div>\n"
}

fn slices(pictures: &[Picture], labels: bool) -> String {
    let what = if labels {
        "Each object has a colour of its own."
    } else {
        "From the first to the last percent of the grey values."
    };
    let mut html = format!("<section><h2>Slices</h2><p>{what}</p><div class=\"pictures\">");
    for picture in pictures {
        let Picture {
            title,
            width,
            height,
            data,
        } = picture;
        let _ = write!(
            html,
            "<figure><img alt=\"Slice {title}\" width=\"{width}\" height=\"{height}\" src=\"{data}\"><figcaption>{title}</figcaption></figure>"
        );
    }
    html + "</div></section>\n"
}

/// Grey values with the thresholds that methods find.
fn histogram(grey: &Value) -> Option<String> {
    let (from, to) = (
        grey["histogram"]["from"].as_f64()?,
        grey["histogram"]["to"].as_f64()?,
    );
    let counts: Vec<u64> = grey["histogram"]["counts"]
        .as_array()?
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let share = |count: u64| count as f64 / all;
    // One value that stands out, such as the outside of a round sample, must not hide all others.
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    let [.., third, _, highest] = sorted.as_slice() else {
        return None;
    };
    let top = (*highest).min(third * 2).max(1);
    let mut chart = Chart::new(
        "Histogram of grey values",
        Scale::across(from, to, false),
        Scale::up(share(top)),
        "grey value",
        "share of voxels",
        true,
    );
    let width = (to - from) / counts.len() as f64;
    for (index, count) in counts.iter().enumerate() {
        let left = from + width * index as f64;
        let hint = format!("{}: {}", short(left), whole(*count));
        chart.bar(left, left + width, share((*count).min(top)), &hint);
    }
    let found = grey["thresholds"].as_object();
    let mut thresholds: Vec<(f64, &str)> = found
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((value.as_f64()?, name.as_str())))
        .collect();
    thresholds.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (line, (value, name)) in thresholds.iter().enumerate() {
        chart.mark(*value, &format!("{} {}", escape(name), short(*value)), line);
    }
    let cut = if top < *highest {
        " The highest bars are cut off."
    } else {
        ""
    };
    Some(format!(
        "<section><h2>Grey values</h2><p>All voxels, with the thresholds that automatic methods choose.{cut}</p>{}</section>\n",
        chart.finish()
    ))
}

fn profile(summary: &Summary) -> String {
    let profile = &summary.profile;
    let lines = [&profile.z, &profile.y, &profile.x];
    let top = lines
        .iter()
        .flat_map(|line| line.iter())
        .copied()
        .fold(0.0, f64::max);
    let mut chart = Chart::new(
        "Foreground in each slice",
        Scale::across(0.0, 1.0, false),
        Scale::up(top * 1.05),
        "way through the volume",
        "share of foreground",
        true,
    );
    for (colour, line) in lines.iter().enumerate() {
        // Of long profiles the mean of neighbours is drawn.
        let group = line.len().div_ceil(360).max(1);
        let n = line.len() as f64;
        let points = line.chunks(group).enumerate().map(|(index, group_of)| {
            let at = (index * group) as f64 + group_of.len() as f64 / 2.0;
            (at / n, group_of.iter().sum::<f64>() / group_of.len() as f64)
        });
        chart.line(points, colour);
    }
    let keys = ["z", "y", "x"].into_iter().enumerate();
    let key: String = keys
        .map(|(c, name)| format!("<span style=\"--key:var(--c{c})\">across {name}</span>"))
        .collect();
    format!(
        "<section><h2>Slice by slice</h2><p>Foreground in the slices across each axis.</p>{}<div class=\"key\">{key}</div></section>",
        chart.finish()
    )
}

fn sizes(summary: &Summary) -> String {
    let sizes = &summary.sizes;
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
        return "<section><h2>Sizes</h2><p>There are no objects.</p></section>".into();
    };
    let objects = summary.objects.max(1) as f64;
    let highest = sizes.iter().map(|s| s.objects).max().unwrap_or(0) as f64 / objects;
    let mut chart = Chart::new(
        "Sizes of objects",
        Scale::across(first.from_diameter, last.to_diameter, true),
        Scale::up((highest * 1.05).max(1.0f64.min(highest * 1.05))),
        &format!("equivalent diameter ({})", escape(&summary.unit)),
        "share of objects",
        true,
    );
    for size in sizes.iter().filter(|size| size.objects > 0) {
        let hint = format!(
            "{} to {} voxels: {} objects",
            whole(size.from_voxels),
            whole(size.to_voxels),
            whole(size.objects)
        );
        chart.bar(
            size.from_diameter,
            size.to_diameter,
            size.objects as f64 / objects,
            &hint,
        );
    }
    // The line goes from the bottom to the top of the chart.
    let (mut sum, all) = (0, summary.foreground_voxels.max(1) as f64);
    let start = (first.from_diameter, 0.0);
    let points = sizes.iter().map(|size| {
        sum += size.voxels;
        (size.to_diameter, sum as f64 / all * highest)
    });
    chart.line(std::iter::once(start).chain(points), 1);
    format!(
        "<section><h2>Sizes</h2><p>Diameters of balls of the same volume.</p>{}<div class=\"key\"><span style=\"--key:var(--bar)\">objects</span><span style=\"--key:var(--c1)\">volume of all up to this size, from none to all</span></div></section>",
        chart.finish()
    )
}

fn largest(summary: &Summary) -> String {
    if summary.largest.is_empty() {
        return String::new();
    }
    let find = |begin: &str| {
        summary.columns.iter().position(|name| {
            name.strip_prefix(begin).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('_') && !begin.starts_with("euler")
            })
        })
    };
    let columns: Vec<(usize, &str)> = COLUMNS
        .iter()
        .filter_map(|(begin, title)| Some((find(begin)?, *title)))
        .collect();
    let unit = |name: &str| match name {
        "volume" => format!(" ({}³)", summary.unit),
        "surface" => format!(" ({}²)", summary.unit),
        "diameter" => format!(" ({})", summary.unit),
        _ => String::new(),
    };
    let mut html =
        String::from("<section><h2>Largest objects</h2><div class=\"scroll\"><table><thead><tr>");
    for (_, title) in &columns {
        let _ = write!(html, "<th>{title}{}</th>", escape(&unit(title)));
    }
    html.push_str("</tr></thead><tbody>");
    for row in &summary.largest {
        html.push_str("<tr>");
        for (at, title) in &columns {
            let _ = match (*title, &row[*at]) {
                ("label", id) => {
                    let [r, g, b] = colour(id.as_u64().unwrap_or(0)).map(|c| c as u8);
                    write!(
                        html,
                        "<td><span class=\"dot\" style=\"background:rgb({r},{g},{b})\"></span>{id}</td>"
                    )
                }
                (_, Value::Bool(flag)) => {
                    write!(html, "<td>{}</td>", if *flag { "yes" } else { "no" })
                }
                (_, Value::Number(n)) => {
                    let text = n
                        .as_u64()
                        .map_or_else(|| short(n.as_f64().unwrap_or(f64::NAN)), whole);
                    write!(html, "<td>{text}</td>")
                }
                _ => write!(html, "<td>–</td>"),
            };
        }
        html.push_str("</tr>");
    }
    html + "</tbody></table></div></section>\n"
}
