//! The scan doctor: what is odd about a volume, and what to do about it.

use crate::look::{FEW, Look, RINGS, inscribed, lowest};
use serde::Serialize;
use serde_json::{Map, Value, json};
use voxsieve_core::{Kind, VolumeSpec};

/// Slices that a finding lists at most; its message counts them all.
const LISTED: usize = 100;
/// Share of the voxels at one end of the range from which on they count as clipped.
const CLIPPED: f64 = 5e-4;
/// How much more often than its neighbours such a value occurs.
const SPIKE: f64 = 4.0;
/// Share of a ring that differs from the corners when the ring is inside the field of view.
const FILLED: f64 = 0.6;
/// Roughness of the bytes as they are from which on their order is doubted, and that of the other order.
const ROUGH: (f64, f64) = (0.25, 0.25);

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Probably a mistake, or damage.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing that is odd.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is, for programs: `constant-slices`.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Slices (z) that it is about, at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<i64>,
    /// What it is, for people.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// Figures of this kind of finding.
    #[serde(flatten)]
    pub figures: Map<String, Value>,
}

impl Finding {
    fn new(kind: &'static str, severity: Severity, message: String, advice: &str) -> Self {
        Self {
            kind,
            severity,
            slices: Vec::new(),
            message,
            advice: advice.to_owned(),
            figures: Map::new(),
        }
    }

    fn slices(mut self, slices: &[i64]) -> Self {
        self.slices = slices.iter().copied().take(LISTED).collect();
        self
    }

    fn figure(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.figures.insert(name.to_owned(), value.into());
        self
    }
}

/// What is odd about a volume that was looked at.
pub fn findings(spec: &VolumeSpec, look: &Look) -> Vec<Finding> {
    let mut found: Vec<Finding> = spacing(spec).into_iter().collect();
    found.extend(not_finite(look));
    if look.nan < look.voxels && look.least.0 == look.greatest.0 {
        found.push(all_the_same(look));
        return found;
    }
    let circle = padding_circle(spec, look);
    found.extend(constant_slices(spec, look));
    found.extend(duplicates(spec, look));
    found.extend(byte_order(look));
    let few = few_values(spec, look);
    if few.is_none() {
        let padding = circle.as_ref().and(look.corner);
        found.extend(clipped(spec, look, padding));
    }
    found.extend(few);
    found.extend(circle);
    found.sort_by_key(|f| f.severity != Severity::Warning);
    found
}

fn spacing(spec: &VolumeSpec) -> Option<Finding> {
    let (message, advice) = match (spec.spacing, spec.unit) {
        (None, _) => (
            "the voxel size is unknown",
            "give --spacing z,y,x --unit um; without it lengths must be given in voxels",
        ),
        (Some(_), None) => (
            "the unit of the voxel size is unknown",
            "give --unit um (or nm, mm, ...); without it lengths must be given in voxels",
        ),
        (Some(_), Some(_)) => return None,
    };
    Some(Finding::new(
        "unknown-spacing",
        Severity::Note,
        message.into(),
        advice,
    ))
}

fn not_finite(look: &Look) -> Option<Finding> {
    if look.nan + look.infinite == 0 {
        return None;
    }
    let message = format!(
        "{} voxels are NaN and {} are infinite, of {}",
        look.nan, look.infinite, look.voxels
    );
    let advice = "thresholds count NaN as outside and medians sort it last, but smoothing spreads it over its whole \
                  window; replace it where the volume was made";
    let finding = Finding::new("not-finite", Severity::Warning, message, advice);
    Some(
        finding
            .figure("nan", look.nan)
            .figure("infinite", look.infinite),
    )
}

fn all_the_same(look: &Look) -> Finding {
    let value = look.least.0;
    let message = format!("every voxel that was looked at is {value}");
    let advice = "look at the file that this came from: the volume holds nothing";
    Finding::new("constant-volume", Severity::Warning, message, advice)
        .figure("value", number(value))
}

/// Planes that were looked at as a whole.
fn whole_planes<'a>(
    spec: &'a VolumeSpec,
    look: &'a Look,
) -> impl Iterator<Item = (i64, crate::look::Plane)> + 'a {
    let voxels = spec.shape[1] * spec.shape[2];
    look.planes
        .iter()
        .filter(move |(_, p)| p.voxels == voxels)
        .map(|(z, p)| (*z, *p))
}

/// Slices of one value: between others they are dead, at the ends they are padding.
fn constant_slices(spec: &VolumeSpec, look: &Look) -> Vec<Finding> {
    let planes: Vec<_> = whole_planes(spec, look).collect();
    let is_constant = |(_, plane): &(i64, crate::look::Plane)| plane.constant.is_some();
    let (Some(first), Some(last)) = (
        planes.iter().position(|p| !is_constant(p)),
        planes.iter().rposition(|p| !is_constant(p)),
    ) else {
        return Vec::new();
    };
    let slices = |planes: &[(i64, crate::look::Plane)]| -> Vec<i64> {
        planes
            .iter()
            .filter(|p| is_constant(p))
            .map(|p| p.0)
            .collect()
    };
    let dead = slices(&planes[first..=last]);
    let padding = [slices(&planes[..first]), slices(&planes[last + 1..])].concat();
    let mut found = Vec::new();
    if !dead.is_empty() {
        let message = format!(
            "{} of one value only, between slices that have more",
            list(&dead)
        );
        let advice =
            "they are dead or were filled in: make them again, or cut the volume there with --roi";
        found.push(
            Finding::new("constant-slices", Severity::Warning, message, advice).slices(&dead),
        );
    }
    if !padding.is_empty() {
        let message = format!("{} of one value only at the ends", list(&padding));
        let advice = "leave them out with --roi, which saves time and space";
        found.push(Finding::new("blank-ends", Severity::Note, message, advice).slices(&padding));
    }
    found
}

/// Slices with the very bytes of the slice before.
fn duplicates(spec: &VolumeSpec, look: &Look) -> Option<Finding> {
    let planes: Vec<_> = whole_planes(spec, look).collect();
    let twice = planes.windows(2).filter(|pair| {
        let [(za, a), (zb, b)] = pair else {
            return false;
        };
        za + 1 == *zb && a.hash == b.hash && b.constant.is_none()
    });
    let slices: Vec<i64> = twice.map(|pair| pair[1].0).collect();
    if slices.is_empty() {
        return None;
    }
    // Drawn or simple shapes may well be the same in two slices; noise of a scanner never is.
    let severity = if look.few.is_some() {
        Severity::Note
    } else {
        Severity::Warning
    };
    let message = format!(
        "{} with the voxels of the slice before, all of them",
        list(&slices)
    );
    let advice = "a slice was probably written or copied twice: compare the number of slices with the scanner's log";
    Some(Finding::new("duplicate-slices", severity, message, advice).slices(&slices))
}

fn byte_order(look: &Look) -> Option<Finding> {
    let [as_is, swapped] = look.roughness.map(|r| r.value());
    if as_is < ROUGH.0 || swapped > ROUGH.1 * as_is {
        return None;
    }
    let message = format!(
        "the bytes of the values seem to be in the wrong order: neighbours differ by {as_is:.2} of the spread, and by \
         {swapped:.2} with the bytes the other way round"
    );
    let advice =
        "the file says the wrong byte order (endianness): correct it where the volume was made";
    Some(Finding::new(
        "byte-order",
        Severity::Warning,
        message,
        advice,
    ))
}

fn few_values(spec: &VolumeSpec, look: &Look) -> Option<Finding> {
    let few = look.few.as_ref().filter(|few| few.len() <= FEW)?;
    if spec.kind != Kind::Image {
        return None;
    }
    let mut values = few.clone();
    values.sort_by(f64::total_cmp);
    let shown: Vec<String> = values.iter().map(ToString::to_string).collect();
    let what = if values.len() == 2 {
        "a mask"
    } else {
        "labels"
    };
    let message = format!(
        "there are only {} different values ({}): it looks like {what}, and is read as an image",
        values.len(),
        shown.join(", ")
    );
    let advice = "coarser levels of an image are means; with binary-threshold it becomes a mask, whose coarser levels are \
                  majorities";
    Some(Finding::new("few-values", Severity::Note, message, advice).figure("values", values))
}

/// Values at an end of the range that occur far more often than those beside them.
fn clipped(spec: &VolumeSpec, look: &Look, padding: Option<f64>) -> Vec<Finding> {
    let blank = |value: f64| -> u64 {
        let planes = look.planes.values().filter(|p| p.constant == Some(value));
        planes.map(|p| p.voxels).sum()
    };
    let mut found = Vec::new();
    for (high, (value, voxels)) in [(true, look.greatest), (false, look.least)] {
        let count = voxels.saturating_sub(blank(value));
        let share = count as f64 / look.voxels.max(1) as f64;
        if padding == Some(value)
            || share < CLIPPED
            || (count as f64) < SPIKE * beside(spec, look, value, high)
        {
            continue;
        }
        let (end, severity) = if high {
            ("greatest", Severity::Warning)
        } else {
            ("least", Severity::Note)
        };
        let message = format!(
            "{:.2} % of the voxels have the {end} value, {value}, far more than have those beside it",
            share * 100.0
        );
        let advice = if high {
            "the values were probably cut off when they were scaled: export again with a wider window"
        } else {
            "the values were cut off there, or the outside of the sample was blanked; fine if that was meant"
        };
        let finding = Finding::new("clipped", severity, message, advice);
        found.push(
            finding
                .figure("value", number(value))
                .figure("fraction", share),
        );
    }
    found
}

/// Mean count of the eight values next to an end of the range; 0 for wide types, of which two voxels rarely agree.
fn beside(spec: &VolumeSpec, look: &Look, value: f64, high: bool) -> f64 {
    if look.counts.is_empty() {
        return 0.0;
    }
    let at = (value - lowest(spec.dtype)) as usize;
    let range = if high {
        at.saturating_sub(8)..at
    } else {
        at + 1..(at + 9).min(look.counts.len())
    };
    let values = range.len().max(1) as f64;
    look.counts[range].iter().sum::<u64>() as f64 / values
}

/// One value in all corners, outside of a circle that is full of others.
fn padding_circle(spec: &VolumeSpec, look: &Look) -> Option<Finding> {
    let value = look.corner?;
    let planes = look.corners.iter().filter(|(z, _)| {
        look.planes
            .get(z)
            .is_some_and(|p| p.constant.is_none() && p.voxels == spec.shape[1] * spec.shape[2])
    });
    let (mut all, mut other) = (Vec::new(), Vec::new());
    for (_, rings) in planes {
        all.resize(rings.all.len(), 0_u64);
        other.resize(rings.other.len(), 0_u64);
        all.iter_mut()
            .zip(&rings.all)
            .for_each(|(sum, n)| *sum += n);
        other
            .iter_mut()
            .zip(&rings.other)
            .for_each(|(sum, n)| *sum += n);
    }
    let outermost = other.iter().rposition(|n| *n > 0)?;
    let outside: u64 = all[outermost + 1..].iter().sum();
    let fits = (RINGS / 2..=RINGS).contains(&outermost) && outside > 0;
    let ring = outermost * 4 / 5..outermost;
    let share = |range: std::ops::Range<usize>| {
        other[range.clone()].iter().sum::<u64>() as f64
            / all[range].iter().sum::<u64>().max(1) as f64
    };
    if !fits || share(ring) < FILLED {
        return None;
    }
    let radius = ((outermost + 1) as f64 / RINGS as f64 * inscribed(spec)).ceil();
    let message = format!(
        "outside a circle of {radius} voxels around the middle of the slices everything is {value}"
    );
    let advice = "that is padding of the reconstruction, not sample: leave it out of statistics, or cut it off with --roi";
    let finding = Finding::new("padding-circle", Severity::Note, message, advice);
    Some(
        finding
            .figure("value", number(value))
            .figure("radius", radius),
    )
}

/// A value as JSON, which has no NaN.
fn number(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else {
        json!(value.to_string())
    }
}

/// Slices for people, runs as `7-9`: `3 slices (z 7-8, 12)`.
fn list(slices: &[i64]) -> String {
    let runs: Vec<String> = slices
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match run {
            [first, .., last] => format!("{first}-{last}"),
            _ => run[0].to_string(),
        })
        .collect();
    let shown = runs.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if runs.len() > 8 { ", ..." } else { "" };
    let plural = if slices.len() == 1 { "" } else { "s" };
    format!("{} slice{plural} (z {shown}{more})", slices.len())
}
