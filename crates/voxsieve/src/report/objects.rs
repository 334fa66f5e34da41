//! The largest objects as a table on the page.

use super::numbers::{short, unit, whole};
use super::page::escape;
use super::picture::colour;
use crate::Summary;
use serde_json::Value;
use std::fmt::Write;

/// What stands above a column of the table, and what the column's name begins with.
const COLUMNS: [(&str, &str, &str); 9] = [
    ("label", "id", ""),
    ("voxels", "voxels", ""),
    ("volume", "volume_", "³"),
    ("surface", "surface_", "²"),
    ("equivalent diameter", "equivalent_diameter_", "¹"),
    ("sphericity", "sphericity", ""),
    ("Euler number", "euler_26", ""),
    ("touches border", "touches_border", ""),
    ("mean grey value", "intensity_mean", ""),
];

/// The largest objects; nothing when there are none.
pub fn largest(summary: &Summary) -> String {
    if summary.largest.is_empty() {
        return String::new();
    }
    let place = |begin: &str| {
        summary
            .columns
            .iter()
            .position(|name| name.starts_with(begin))
    };
    let columns: Vec<(usize, &str, String)> = COLUMNS
        .iter()
        .filter_map(|(title, begin, power)| {
            let unit = escape(unit(&summary.unit));
            let power = match *power {
                "" => String::new(),
                "¹" => unit,
                power => unit + power,
            };
            Some((place(begin)?, *title, power))
        })
        .collect();
    let mut html =
        String::from("<section><h2>Largest objects</h2><div class=\"scroll\"><table><thead><tr>");
    for (_, title, unit) in &columns {
        let _ = write!(html, "<th>{title}<i>{unit}</i></th>");
    }
    html.push_str("</tr></thead><tbody>");
    for row in &summary.largest {
        html.push_str("<tr>");
        for (at, title, _) in &columns {
            let _ = write!(html, "<td>{}</td>", cell(title, &row[*at]));
        }
        html.push_str("</tr>");
    }
    html + "</tbody></table></div></section>\n"
}

fn cell(title: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(n) if title == "label" => {
            let [r, g, b] = colour(n.as_u64().unwrap_or(0)).map(|c| c as u8);
            format!("<span class=\"dot\" style=\"background:rgb({r},{g},{b})\"></span>{n}")
        }
        Value::Number(n) if n.is_f64() => short(n.as_f64().unwrap_or(f64::NAN)),
        Value::Number(n) => whole(n),
        _ => "–".to_owned(),
    }
}
