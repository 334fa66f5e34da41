//! What there is to know about a filter, as plain data.
//!
//! One constant per filter feeds the command line, the Python methods, the viewer's panel, the reference
//! page and the tests.

use crate::{Boundary, Error, LengthUnit, Operator, Result, Value, VolumeSpec, nearest};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Groups of filters in lists and menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Category {
    Smoothing,
    Edges,
    Thresholds,
    Morphology,
    Objects,
    Values,
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// A grey value or another number without a unit.
    Number,
    /// A length: voxels when it is a plain number, else a number with a unit (`12um`), or one per axis.
    Length,
    /// A length that becomes a whole number of voxels.
    WholeLength,
    /// A volume of voxels: their number, or a number with a cubic unit (`0.5mm3`).
    Size,
    /// Another volume: a file or folder.
    Volume,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One parameter of a filter.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Param {
    /// Name, as on the command line without dashes.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// Value when not given; `None` when leaving it out means "no bound".
    pub default: Option<f64>,
    /// Least and greatest value that makes sense, in voxels for lengths.
    pub limits: Option<(f64, f64)>,
    /// Range that a slider offers.
    pub slider: Option<(f64, f64)>,
    /// Only with it the filter is a function of a window.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bounds_window: bool,
}

impl Param {
    /// A number without a unit that may be left out.
    pub const fn number(name: &'static str) -> Self {
        Self {
            name,
            doc: "",
            kind: ParamKind::Number,
            default: None,
            limits: None,
            slider: None,
            bounds_window: false,
        }
    }

    /// A length in voxels or physical units.
    pub const fn length(name: &'static str, default: f64) -> Self {
        Self {
            kind: ParamKind::Length,
            default: Some(default),
            ..Self::number(name)
        }
    }

    /// A length that is rounded to whole voxels.
    pub const fn whole_length(name: &'static str, default: f64) -> Self {
        Self {
            kind: ParamKind::WholeLength,
            ..Self::length(name, default)
        }
    }

    /// A volume of voxels.
    pub const fn size(name: &'static str, default: f64) -> Self {
        Self {
            kind: ParamKind::Size,
            ..Self::length(name, default)
        }
    }

    /// Another volume.
    pub const fn volume(name: &'static str) -> Self {
        Self {
            kind: ParamKind::Volume,
            ..Self::number(name)
        }
    }

    /// One of several words; it may be left out, or the filter asks for it.
    pub const fn choice(name: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            kind: ParamKind::Choice(words),
            ..Self::number(name)
        }
    }

    /// Sets the value when not given.
    #[must_use]
    pub const fn default(self, default: f64) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    /// Takes the default away: the filter derives what is not given.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self {
            default: None,
            ..self
        }
    }

    /// Sets the least and greatest value.
    #[must_use]
    pub const fn limits(self, least: f64, greatest: f64) -> Self {
        Self {
            limits: Some((least, greatest)),
            ..self
        }
    }

    /// Sets the range of the slider.
    #[must_use]
    pub const fn slider(self, from: f64, to: f64) -> Self {
        Self {
            slider: Some((from, to)),
            ..self
        }
    }

    /// Makes the filter a function of a window when it is given; without it, a voxel's value follows from the whole
    /// volume.
    #[must_use]
    pub const fn bounds_window(self) -> Self {
        Self {
            bounds_window: true,
            ..self
        }
    }

    /// Sets the sentence.
    #[must_use]
    pub const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// Refuses a value beyond the limits.
    fn check(&self, value: f64) -> Result<f64> {
        if value.is_nan() {
            return Err(Error::parameter(self.name, "must be a number, not NaN"));
        }
        match self.limits {
            Some((least, greatest)) if !(least..=greatest).contains(&value) => {
                let message = format!("{value} is outside {least} to {greatest}");
                Err(Error::parameter(self.name, message))
            }
            _ => Ok(value),
        }
    }
}

/// Everything there is to know about a filter.
#[derive(Clone, Copy, Serialize)]
pub struct FilterSpec {
    /// Name, as on the command line.
    pub name: &'static str,
    /// Name for menus.
    pub title: &'static str,
    /// What it does: one sentence, then details.
    pub doc: &'static str,
    /// Group in lists.
    pub category: Category,
    /// Its parameters, in the order in which people think of them.
    pub params: &'static [Param],
    /// Makes the step for a volume.
    #[serde(skip)]
    pub build: fn(&Values, &VolumeSpec) -> Result<Operator>,
}

impl FilterSpec {
    /// True when with these parameters the value of a voxel depends on voxels however far away, not on a window
    /// around it.
    pub fn spans_tiles(&self, given: &BTreeMap<String, Value>) -> bool {
        let unbounded = |param: &Param| param.bounds_window && !given.contains_key(param.name);
        self.category == Category::Objects || self.params.iter().any(unbounded)
    }

    /// Checks names and numbers, and makes the step for a volume. A filter that lists [`Boundary::PARAM`] sees its
    /// input so; it need not look at the parameter itself.
    pub fn build(
        &'static self,
        given: &BTreeMap<String, Value>,
        input: &VolumeSpec,
    ) -> Result<Operator> {
        let values = self.values(given)?;
        let boundary = |param: &Param| param.name == Boundary::PARAM.name;
        match (self.build)(&values, input)? {
            Operator::Filter(filter, _) if self.params.iter().any(boundary) => {
                Ok(Operator::Filter(filter, Boundary::of(&values, input)?))
            }
            operator => Ok(operator),
        }
    }

    /// Checks that every name is a parameter.
    pub fn values(&'static self, given: &BTreeMap<String, Value>) -> Result<Values> {
        for name in given.keys() {
            if !self.params.iter().any(|p| p.name == name) {
                return Err(Error::parameter(name, self.unknown(name)));
            }
        }
        Ok(Values {
            params: self.params,
            given: given.clone(),
        })
    }

    fn unknown(&self, name: &str) -> String {
        let names: Vec<_> = self.params.iter().map(|p| p.name).collect();
        match nearest(name, names.iter().copied()) {
            Some(near) => format!("is not a parameter of {}; did you mean {near}?", self.name),
            None => format!(
                "is not a parameter of {}; it has {}",
                self.name,
                names.join(", ")
            ),
        }
    }
}

/// The values given for a filter's parameters, with its defaults behind them.
#[derive(Clone, Debug)]
pub struct Values {
    params: &'static [Param],
    given: BTreeMap<String, Value>,
}

impl Values {
    fn param(&self, name: &str) -> Result<&'static Param> {
        let found = self.params.iter().find(|p| p.name == name);
        found.ok_or_else(|| Error::parameter(name, "is not declared by its filter"))
    }

    /// A number, or `None` when it was left out and has no default.
    pub fn number(&self, name: &str) -> Result<Option<f64>> {
        let param = self.param(name)?;
        match self.given.get(name) {
            None => Ok(param.default),
            Some(Value::Number(number)) => param.check(*number).map(Some),
            Some(other) => Err(Error::parameter(
                name,
                format!("'{other}' is not a plain number"),
            )),
        }
    }

    /// The path of another volume, which must be given.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        match self.given.get(name) {
            Some(value) => Ok(value.to_string().into()),
            None => Err(Error::parameter(
                name,
                "needs another volume: a file or folder",
            )),
        }
    }

    /// A word of a choice, or `None` when it was left out.
    pub fn choice(&self, name: &str) -> Result<Option<&'static str>> {
        let ParamKind::Choice(words) = self.param(name)?.kind else {
            return Err(Error::parameter(name, "is not declared as a choice"));
        };
        let Some(value) = self.given.get(name) else {
            return Ok(None);
        };
        let text = value.to_string();
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Ok(Some(word));
        }
        // One character is near to any other.
        let near = nearest(&text, words.iter().copied()).filter(|_| text.len() > 2);
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let message = format!(
            "'{text}' is not known; one of {} is needed{hint}",
            words.join(", ")
        );
        Err(Error::parameter(name, message))
    }

    /// Whether a value was given.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// A number that has a default or must be given.
    pub fn required_number(&self, name: &str) -> Result<f64> {
        let number = self.number(name)?;
        number.ok_or_else(|| Error::parameter(name, "must be given"))
    }

    /// A length in voxels per axis (z, y, x).
    pub fn lengths_in_voxels(&self, name: &str, input: &VolumeSpec) -> Result<[f64; 3]> {
        let param = self.param(name)?;
        let default = Value::Number(param.default.unwrap_or(0.0));
        let value = self.given.get(name).unwrap_or(&default);
        let each: [&Value; 3] = match value {
            Value::Axes(values) => match values.as_slice() {
                [z, y, x] => [z, y, x],
                _ => return Err(Error::parameter(name, "needs one value or three: z,y,x")),
            },
            one => [one; 3],
        };
        let mut voxels = [0.0; 3];
        for axis in 0..3 {
            voxels[axis] = param.check(in_voxels(name, each[axis], axis, input)?)?;
        }
        Ok(voxels)
    }

    /// A volume of voxels as their number, which need not be whole.
    pub fn size_in_voxels(&self, name: &str, input: &VolumeSpec) -> Result<f64> {
        let param = self.param(name)?;
        let default = Value::Number(param.default.unwrap_or(0.0));
        let value = self.given.get(name).unwrap_or(&default);
        let Some((amount, unit)) = value.size() else {
            let message =
                format!("'{value}' is neither a number of voxels nor a volume such as 0.5mm3");
            return Err(Error::parameter(name, message));
        };
        let voxels = match (unit, input.spacing, input.unit) {
            (None, ..) => amount,
            (Some(unit), Some(spacing), Some(of_spacing)) => {
                let edges = spacing.map(|edge| unit.in_unit(of_spacing) / edge);
                amount * edges[0] * edges[1] * edges[2]
            }
            (Some(unit), ..) => return Err(unknown_spacing(name, value, unit)),
        };
        param.check(voxels)
    }

    /// A length in whole voxels per axis, halves rounded to even.
    pub fn whole_voxels(&self, name: &str, input: &VolumeSpec) -> Result<[u64; 3]> {
        let voxels = self.lengths_in_voxels(name, input)?;
        for (axis, value) in voxels.iter().enumerate() {
            let typed_in_voxels = match self.given.get(name) {
                Some(Value::Axes(values)) => matches!(values[axis], Value::Number(_)),
                Some(Value::Number(_)) | None => true,
                Some(Value::Text(_)) => false,
            };
            if typed_in_voxels && value.fract() != 0.0 {
                let message = format!("{value} is not a whole number of voxels");
                return Err(Error::parameter(name, message));
            }
        }
        Ok(voxels.map(|v| v.round_ties_even() as u64))
    }
}

/// One length in voxels of one axis.
fn in_voxels(name: &str, value: &Value, axis: usize, input: &VolumeSpec) -> Result<f64> {
    let Some((amount, unit)) = value.length() else {
        let message = format!("'{value}' is neither a number of voxels nor a length such as 12um");
        return Err(Error::parameter(name, message));
    };
    let Some(unit) = unit else { return Ok(amount) };
    match (input.spacing, input.unit) {
        (Some(spacing), Some(of_spacing)) => Ok(amount * unit.in_unit(of_spacing) / spacing[axis]),
        _ => Err(unknown_spacing(name, value, unit)),
    }
}

fn unknown_spacing(name: &str, value: &Value, unit: LengthUnit) -> Error {
    let message = format!(
        "{value} needs the voxel size, which the input does not give; add --spacing z,y,x --unit {}, or give voxels",
        unit.symbol()
    );
    Error::parameter(name, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    static PARAMS: [Param; 3] = [
        Param::whole_length("radius", 1.0).limits(0.0, 50.0),
        Param::number("lower"),
        Param::choice("mode", &["nearest", "mirror"]),
    ];

    fn values(pairs: &[(&str, &str)]) -> Values {
        let given = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), Value::parse(v)))
            .collect();
        Values {
            params: &PARAMS,
            given,
        }
    }

    fn scan() -> VolumeSpec {
        let mut spec = VolumeSpec::image([9; 3], DType::U8, [9; 3]);
        spec.spacing = Some([4.0, 2.0, 2.0]);
        spec.unit = Some(LengthUnit::Micrometer);
        spec
    }

    #[test]
    fn physical_lengths_follow_the_spacing_of_each_axis() {
        let radius = |text| values(&[("radius", text)]).whole_voxels("radius", &scan());
        assert_eq!(radius("8um").unwrap(), [2, 4, 4]);
        assert_eq!(radius("0.008 mm").unwrap(), [2, 4, 4]);
        assert_eq!(radius("3").unwrap(), [3, 3, 3]);
        assert_eq!(radius("1,2,8um").unwrap(), [1, 2, 4]);
        assert_eq!(
            values(&[]).whole_voxels("radius", &scan()).unwrap(),
            [1, 1, 1]
        );
    }

    #[test]
    fn a_choice_is_one_of_its_words() {
        let mode = |text| values(&[("mode", text)]).choice("mode");
        assert_eq!(mode("mirror").unwrap(), Some("mirror"));
        assert_eq!(values(&[]).choice("mode").unwrap(), None);
        let message = mode("miror").unwrap_err().to_string();
        assert!(message.contains("nearest, mirror is needed; did you mean mirror?"));
        assert!(values(&[]).choice("radius").is_err());
        assert!(values(&[]).required_number("lower").is_err());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let unknown = VolumeSpec::image([9; 3], DType::U8, [9; 3]);
        for (text, spec) in [
            ("8um", &unknown),
            ("-1", &scan()),
            ("1.5", &scan()),
            ("1,2", &scan()),
            ("x", &scan()),
        ] {
            let error = values(&[("radius", text)])
                .whole_voxels("radius", spec)
                .unwrap_err();
            assert!(error.to_string().starts_with("radius: "), "{error}");
        }
        assert!(values(&[("lower", "NaN")]).number("lower").is_err());
        assert_eq!(values(&[]).number("lower").unwrap(), None);
    }
}
