//! The page: facts, pictures, charts and a table.

use super::Content;
use super::numbers::{decimals, percent, short, unit, whole};
use super::objects::largest;
use super::picture::Picture;
use super::plots::{histogram, profile, sizes};
use crate::Summary;
use serde_json::Value;
use std::fmt::Write;

/// All of it.
pub fn html(content: &Content) -> String {
    let title = escape(&content.title);
    let summary = content.measured.as_ref().map(|measured| &measured.summary);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{}</style></head>\n<body><header><h1>{title}</h1>{}</header>\n",
        include_str!("style.css"),
        describe(content)
    );
    page.push_str(&facts(summary, content.grey.as_ref()));
    page.push_str(&slices(&content.pictures, content));
    let thresholds = &content.origin.thresholds;
    if let Some(chart) = content
        .grey
        .as_ref()
        .and_then(|grey| histogram(grey, thresholds))
    {
        page.push_str(&chart);
    }
    if let Some(summary) = summary {
        let (profile, sizes) = (profile(content, summary), sizes(summary));
        let _ = write!(
            page,
            "<div class=\"pair\">{profile}{sizes}</div>\n{}",
            largest(summary)
        );
    }
    page.push_str(&footer(summary.is_some()));
    page
}

fn footer(is_measured: bool) -> String {
    let surfaces = " Surfaces by Lindblad's weighted local configurations (2005); that of the whole leaves out the sides \
                    of the volume, that of a single object does not.";
    let surfaces = if is_measured { surfaces } else { "" };
    let version = env!("CARGO_PKG_VERSION");
    format!("<footer>Voxsieve {version}.{surfaces}</footer></body></html>\n")
}

/// Text that is no markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// What the volume is and how it was made.
fn describe(content: &Content) -> String {
    let (spec, shape) = (&content.spec, content.region.shape);
    let size = match spec.spacing {
        None => "voxel size unknown".to_owned(),
        Some(size) => {
            let unit = spec
                .unit
                .map_or("of an unknown unit", |name| unit(name.symbol()));
            let extent: [f64; 3] = std::array::from_fn(|a| size[a] * shape[a] as f64);
            let [size, extent] = [size, extent].map(|three| three.map(short).join(" × "));
            format!("voxel {size} {unit}, volume {extent} {unit}")
        }
    };
    let words = format!(
        "{} voxels (z, y, x) of type {}{}; {size}",
        shape.map(|n| whole(&n)).join(" × "),
        spec.dtype,
        content.part()
    );
    let mut html = format!("<p>{}<br>{}", escape(&words), escape(&content.format));
    if !content.origin.steps.is_empty() {
        let what = match (&content.grey, &content.measured) {
            (Some(_), Some(_)) => "Labels made",
            _ => "Made",
        };
        let _ = write!(html, "<br>{what} by {}", escape(&content.origin.steps));
    }
    html + "</p>"
}

/// The figures at the top.
fn facts(summary: Option<&Summary>, grey: Option<&Value>) -> String {
    let mut cards = summary.map_or(Vec::new(), facts_of_objects);
    if let Some(grey) = grey {
        let number = |name: &str| grey[name].as_f64().map_or("–".to_owned(), short);
        let range = format!("{} to {}", number("min"), number("max"));
        cards.push(("mean grey value", number("mean"), range));
        if summary.is_none() {
            let [first, half, last] = ["p01", "p50", "p99"].map(number);
            cards.push((
                "median grey value",
                half,
                "half of the voxels are darker".into(),
            ));
            let range = format!("{first} to {last}");
            cards.push((
                "1st to 99th percentile",
                range,
                "black and white of the slices".into(),
            ));
        }
    }
    let mut html = String::from("<div class=\"facts\">");
    for (name, value, more) in cards {
        let _ = write!(
            html,
            "<div><span>{name}</span><b>{value}</b><i>{more}</i></div>"
        );
    }
    html + "</div>\n"
}

fn facts_of_objects(s: &Summary) -> Vec<(&'static str, String, String)> {
    let unit = escape(unit(&s.unit));
    let mut cards = vec![
        (
            "objects",
            whole(&s.objects),
            format!("in {} {unit}³", short(s.volume)),
        ),
        (
            "foreground",
            percent(s.foreground_fraction),
            format!("{} voxels", whole(&s.foreground_voxels)),
        ),
        (
            "background",
            percent(s.background_fraction),
            "porosity, if objects are solid".into(),
        ),
        (
            "surface",
            short(s.surface),
            format!("{unit}², towards the background"),
        ),
        (
            "specific surface",
            short(s.specific_surface),
            format!("{unit}² per {unit}³ of the volume"),
        ),
    ];
    if let Some(diameter) = s.mean_diameter {
        let what = format!("{unit}, mean of all objects");
        cards.push(("equivalent diameter", short(diameter), what));
    }
    cards.push((
        "Euler number",
        decimals(s.euler_26 as f64, 0),
        format!("26 neighbours ({} with 6)", decimals(s.euler_6 as f64, 0)),
    ));
    cards
}

fn slices(pictures: &[Picture], content: &Content) -> String {
    let what = match (&content.grey, &content.measured) {
        (Some(_), Some(_)) => "Middle slices; each object is tinted in a colour of its own.",
        (None, Some(_)) => "Middle slices; each object has a colour of its own.",
        _ => {
            "Middle slices; black and white are the 1st and the 99th percentile of the grey values."
        }
    };
    let mut html = format!("<section><h2>Slices</h2><p>{what}</p><div class=\"pictures\">");
    for picture in pictures {
        html.push_str(&picture.figure());
    }
    html + "</div></section>\n"
}
