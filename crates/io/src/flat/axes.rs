//! Where the axes of an NRRD volume lie in space.

use voxsieve_core::{LengthUnit, VolumeSpec};

/// Axes that are ours, behind those of size 1 that are left out.
pub(super) const AXES: usize = 3;

/// Where the axes of the file lie, x first.
pub(super) struct Place {
    pub sizes: Vec<Option<f64>>,
    pub directions: Option<Vec<Option<Vec<f64>>>>,
    pub unit: Option<String>,
    pub origin: Vec<f64>,
    /// Written by Voxsieve with a known spacing.
    pub ours: bool,
}

impl Place {
    /// Puts the place into `spec`; gives the note on axes that do not lie along those of space.
    pub fn put(&self, kept: &[usize], spec: &mut VolumeSpec) -> Option<&'static str> {
        let size = |a: usize| self.sizes[*kept.get(AXES - 1 - a)?];
        let sane = |s: &f64| s.is_finite() && *s > 0.0;
        let unit = self.unit.as_deref().and_then(LengthUnit::from_name);
        if let [Some(z), Some(y), Some(x)] = [0, 1, 2].map(|a| size(a).filter(sane)) {
            // Ones without a unit only say that nobody measured.
            if self.ours || unit.is_some() || [z, y, x] != [1.0; 3] {
                (spec.spacing, spec.unit) = (Some([z, y, x]), unit);
            }
        }
        let directions = self.directions.as_ref()?;
        let vectors: Option<Vec<&Vec<f64>>> =
            kept.iter().map(|a| directions[*a].as_ref()).collect();
        let straight = vectors.is_some_and(|vectors| {
            let along = |(axis, v): (usize, &&Vec<f64>)| {
                v.iter()
                    .enumerate()
                    .all(|(i, c)| if i == axis { *c > 0.0 } else { *c == 0.0 })
            };
            vectors.iter().enumerate().all(along)
        });
        if !straight {
            return Some("axes as stored (they do not lie along those of space)");
        }
        if let [x, y, z] = self.origin.as_slice()
            && spec.spacing.is_some()
        {
            spec.origin = [*z, *y, *x].map(|o| if o.is_finite() { o } else { 0.0 });
        }
        None
    }
}

/// `(1,0,0) none (0,0,2)`
pub(super) fn vectors(text: &str) -> Option<Vec<Option<Vec<f64>>>> {
    let mut vectors = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("none") {
            vectors.push(None);
            rest = after.trim_start();
            continue;
        }
        let (inside, after) = rest.strip_prefix('(')?.split_once(')')?;
        let parts: Option<Vec<f64>> = inside.split(',').map(|p| p.trim().parse().ok()).collect();
        vectors.push(Some(parts?));
        rest = after.trim_start();
    }
    Some(vectors)
}

/// Length of a vector.
pub(super) fn norm(vector: &[f64]) -> f64 {
    match vector.iter().filter(|c| **c != 0.0).collect::<Vec<_>>()[..] {
        [one] => one.abs(),
        _ => vector.iter().map(|c| c * c).sum::<f64>().sqrt(),
    }
}

/// The texts between quotation marks.
pub(super) fn quoted(text: &str) -> Vec<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
