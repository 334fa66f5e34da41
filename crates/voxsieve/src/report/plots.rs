//! What the page shows as charts: grey values, slices along each axis, sizes of objects.

use super::Content;
use super::chart::{Chart, HALF, Names, Scale, WIDE};
use super::numbers::{short, unit, whole};
use super::origin::Mark;
use crate::Summary;
use serde_json::Value;

/// Most points of a line.
const POINTS: usize = 400;

/// Grey values, with the thresholds that were used, or else those that methods find.
pub fn histogram(grey: &Value, used: &[Mark]) -> Option<String> {
    let end = |name: &str| grey["histogram"][name].as_f64();
    let (from, to) = (end("from")?, end("to")?);
    let counts = grey["histogram"]["counts"].as_array()?;
    let counts: Vec<u64> = counts.iter().filter_map(Value::as_u64).collect();
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let (top, highest) = top(&counts)?;
    let names = Names {
        title: "Histogram of grey values",
        x: "grey value",
        y: "share of voxels",
        percent: true,
        right: None,
    };
    let y = Scale::linear(0.0, top as f64 / all);
    let mut chart = Chart::new(WIDE, Scale::linear(from, to), y, &names);
    let width = (to - from) / counts.len() as f64;
    for (index, count) in counts.iter().enumerate() {
        let left = from + width * index as f64;
        let ends = [left, left + width].map(short).join(" to ");
        let hint = format!("{ends}: {} voxels", whole(count));
        chart.bar([left, left + width], (*count).min(top) as f64 / all, &hint);
    }
    let marks = if used.is_empty() {
        automatic(grey)
    } else {
        used.to_vec()
    };
    for (line, mark) in marks.iter().enumerate() {
        let name = format!("{} {}", mark.name, short(mark.value));
        chart.mark(mark.value, &name, line);
    }
    let cut = if top < highest {
        " The highest bar is cut off."
    } else {
        ""
    };
    let which = match (used.is_empty(), marks.is_empty()) {
        (false, _) => ", with the thresholds that made the labels",
        (true, false) => ", with the thresholds that automatic methods would choose",
        (true, true) => "",
    };
    let chart = chart.finish();
    Some(format!(
        "<section><h2>Grey values</h2><p>Histogram of all voxels{which}.{cut}</p>{chart}</section>\n"
    ))
}

/// How many voxels the chart is high, and the highest bar: one value that stands out, such as the outside of a round
/// sample, must not hide all others.
fn top(counts: &[u64]) -> Option<(u64, u64)> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let highest = sorted.last().copied()?;
    let third = sorted.iter().rev().nth(2).copied().filter(|n| *n > 0);
    let top = third.map_or(highest, |third| highest.min(third * 2));
    Some((top.max(1), highest))
}

fn automatic(grey: &Value) -> Vec<Mark> {
    let found = grey["thresholds"].as_object().into_iter().flatten();
    let mark = |(name, value): (&String, &Value)| {
        let (name, value) = (name.clone(), value.as_f64()?);
        Some(Mark { name, value })
    };
    let mut marks: Vec<Mark> = found.filter_map(mark).collect();
    marks.sort_by(|a, b| a.value.total_cmp(&b.value));
    marks
}

/// The share of foreground in the slices along each axis.
pub fn profile(content: &Content, summary: &Summary) -> String {
    let profile = &summary.profile;
    let lines = [&profile.z, &profile.y, &profile.x];
    let spacing = summary.spacing.unwrap_or([1.0; 3]);
    let extent = |axis: usize| lines[axis].len() as f64 * spacing[axis];
    let longest = (0..3).map(extent).fold(0.0, f64::max);
    let all = || lines.iter().flat_map(|line| line.iter()).copied();
    let (low, high) = (all().fold(1.0, f64::min), all().fold(0.0, f64::max));
    let room = ((high - low) * 0.15).max(0.01);
    let y = Scale::linear((low - room).max(0.0), (high + room).min(1.0));
    let names = Names {
        title: "Foreground in each slice",
        x: &format!("position along the axis ({})", unit(&summary.unit)),
        y: "foreground in the slice",
        percent: true,
        right: None,
    };
    let mut chart = Chart::new(HALF, Scale::linear(0.0, longest), y, &names);
    for (axis, line) in lines.iter().enumerate() {
        // Of long profiles the mean of neighbours is drawn.
        let group = line.len().div_ceil(POINTS).max(1);
        let points = line.chunks(group).enumerate().map(|(index, some)| {
            let at = (index * group) as f64 + some.len() as f64 / 2.0;
            let mean = some.iter().sum::<f64>() / some.len() as f64;
            (at * spacing[axis], mean)
        });
        chart.line(points, axis);
    }
    let keys = ["z", "y", "x"].into_iter().enumerate();
    let keys: Vec<_> = keys
        .map(|(c, name)| (format!("c{c}"), format!("along {name}")))
        .collect();
    let what = format!("Share of foreground, slice by slice{}.", content.part());
    section("Slice profile", &what, &chart.finish(), &keys)
}

/// How many objects have which size, and how much of the volume they are.
pub fn sizes(summary: &Summary) -> String {
    let sizes = &summary.sizes;
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
        return section("Size distribution", "There are no objects.", "", &[]);
    };
    let objects = summary.objects.max(1) as f64;
    let highest = sizes.iter().map(|s| s.objects).max().unwrap_or(0) as f64 / objects;
    let names = Names {
        title: "Sizes of objects",
        x: &format!("equivalent diameter ({})", unit(&summary.unit)),
        y: "share of objects",
        percent: true,
        right: Some("cumulative volume"),
    };
    let x = Scale::log(first.from_diameter, last.to_diameter);
    let mut chart = Chart::new(HALF, x, Scale::linear(0.0, highest), &names);
    for size in sizes.iter().filter(|size| size.objects > 0) {
        let hint = format!(
            "{} to {} voxels: {} objects",
            whole(&size.from_voxels),
            whole(&(size.to_voxels - 1)),
            whole(&size.objects)
        );
        let ends = [size.from_diameter, size.to_diameter];
        chart.bar(ends, size.objects as f64 / objects, &hint);
    }
    // 100 % of the volume is where the highest bar ends.
    let (mut sum, all) = (0, summary.foreground_voxels.max(1) as f64);
    let start = (first.from_diameter, 0.0);
    let points = sizes.iter().map(|size| {
        sum += size.voxels;
        (size.to_diameter, sum as f64 / all * highest)
    });
    chart.line(std::iter::once(start).chain(points), 1);
    let keys = [
        ("bar".to_owned(), "objects".to_owned()),
        (
            "c1".to_owned(),
            "volume of all objects up to this size".to_owned(),
        ),
    ];
    let what = "The equivalent diameter is that of a sphere of the object's volume.";
    section("Size distribution", what, &chart.finish(), &keys)
}

/// A section with a chart and the meaning of its colours.
fn section(title: &str, what: &str, chart: &str, keys: &[(String, String)]) -> String {
    let key = |(colour, name): &(String, String)| {
        format!("<span style=\"--key:var(--{colour})\">{name}</span>")
    };
    let keys: String = keys.iter().map(key).collect();
    format!(
        "<section><h2>{title}</h2><p>{what}</p>{chart}<div class=\"key\">{keys}</div></section>"
    )
}
