//! The columns of a table of objects, with their units, and the values of a row.

use super::Shape;
use super::weights::Weights;
use voxsieve_core::{DType, Region, VolumeSpec};
use voxsieve_objects::{BoxCounts, GreySums, Object};

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A whole number that is not negative.
    Count(u64),
    /// A whole number.
    Whole(i64),
    /// Any number; NaN where there is none.
    Real(f64),
    /// Yes or no.
    Flag(bool),
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Cell::Count`]
    Count,
    /// [`Cell::Whole`]
    Whole,
    /// [`Cell::Real`]
    Real,
    /// [`Cell::Flag`]
    Flag,
}

/// The unit of lengths, as it stands in names of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit(String);

impl Unit {
    /// The unit of a volume: voxels where the spacing is not known.
    pub fn of(spec: &VolumeSpec) -> Self {
        let name = match (spec.spacing, spec.unit) {
            (None, _) => "voxel",
            (_, None) => "unit",
            (_, Some(unit)) => unit.symbol(),
        };
        Self(name.to_owned())
    }

    /// The unit itself, or its second or third power.
    pub fn power(&self, power: u32) -> String {
        match power {
            1 => self.0.clone(),
            _ => format!("{}{power}", self.0),
        }
    }
}

/// The columns of a table of objects.
#[derive(Clone, Debug)]
pub struct Columns {
    spacing: [f64; 3],
    origin: [f64; 3],
    region: Region,
    unit: Unit,
    image: Option<DType>,
    weights: Weights,
}

impl Columns {
    /// The columns for the voxels `region` of a label volume, and an image of this type.
    pub fn new(spec: &VolumeSpec, region: Region, image: Option<DType>) -> Self {
        Self {
            spacing: spec.spacing_or_voxels(),
            origin: if spec.spacing.is_some() {
                spec.origin
            } else {
                [0.0; 3]
            },
            region,
            unit: Unit::of(spec),
            image,
            weights: Weights::of(spec.spacing_or_voxels()),
        }
    }

    /// The unit of lengths.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Area of the surface that these boxes are of.
    pub fn surface(&self, boxes: &BoxCounts) -> f64 {
        self.weights.area(boxes)
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        let with_unit = |name: &str, power| format!("{name}_{}", self.unit.power(power));
        let axes = |name: &str| ["z", "y", "x"].map(|axis| format!("{name}_{axis}"));
        let mut names = vec![
            "id".to_owned(),
            "voxels".to_owned(),
            with_unit("volume", 3),
            with_unit("surface", 2),
            with_unit("face_area", 2),
            with_unit("equivalent_diameter", 1),
            "sphericity".to_owned(),
        ];
        names.extend(axes("centroid").map(|name| with_unit(&name, 1)));
        names.extend(axes("bbox_start"));
        names.extend(axes("bbox_end"));
        names.extend(
            ["major", "middle", "minor"].map(|a| with_unit(&format!("axis_{a}_length"), 1)),
        );
        names.extend(axes("axis_major"));
        names.extend(axes("axis_minor"));
        names.extend(["euler_26", "euler_6", "touches_border"].map(str::to_owned));
        if self.image.is_some() {
            names.extend(
                ["mean", "std", "min", "max", "nan_voxels"].map(|n| format!("intensity_{n}")),
            );
        }
        names
    }

    /// What their values are.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds = vec![Kind::Count; 2];
        kinds.extend([Kind::Real; 8]);
        kinds.extend([Kind::Count; 6]);
        kinds.extend([Kind::Real; 9]);
        kinds.extend([Kind::Whole, Kind::Whole, Kind::Flag]);
        if let Some(dtype) = self.image {
            let value = match dtype {
                DType::F32 | DType::F64 => Kind::Real,
                DType::U8 | DType::U16 | DType::U32 | DType::U64 => Kind::Count,
                DType::I8 | DType::I16 | DType::I32 | DType::I64 => Kind::Whole,
            };
            kinds.extend([Kind::Real, Kind::Real, value, value, Kind::Count]);
        }
        kinds
    }

    /// The values of an object.
    pub fn row(&self, object: &Object) -> Vec<Cell> {
        let shape = Shape::of(object, self.spacing, self.origin, &self.weights);
        let (start, end) = (self.region.start, self.region.end());
        let at_end =
            |a: usize| object.low[a] as i64 == start[a] || object.high[a] as i64 + 1 == end[a];
        let touches = (0..3).any(at_end);
        let mut row = vec![Cell::Count(object.id), Cell::Count(object.voxels)];
        let sizes = [
            shape.volume,
            shape.surface,
            shape.face_area,
            shape.diameter,
            shape.sphericity,
        ];
        row.extend(sizes.into_iter().chain(shape.centroid).map(Cell::Real));
        row.extend(object.low.map(Cell::Count));
        row.extend(object.high.map(|at| Cell::Count(at + 1)));
        let axes = shape.axes.into_iter().chain(shape.major).chain(shape.minor);
        row.extend(axes.map(Cell::Real));
        row.extend(shape.euler.map(Cell::Whole));
        row.push(Cell::Flag(touches));
        if let (Some(grey), Some(dtype)) = (&object.grey, self.image) {
            row.extend(grey_cells(grey, object.voxels, dtype));
        }
        row
    }
}

/// Mean, standard deviation, least and greatest value, and voxels that are NaN and left out of the others.
fn grey_cells(sums: &GreySums, voxels: u64, dtype: DType) -> [Cell; 5] {
    let grey = &sums.grey;
    let (real, [below, above]) = (voxels - grey.nan, grey.infinite);
    let (mut mean, mut deviation) = (f64::NAN, f64::NAN);
    match (below, above) {
        _ if real == 0 => {}
        (0, 0) => (mean, deviation) = sums.fixed.mean_and_deviation(&sums.words, real),
        (_, 0) => mean = f64::NEG_INFINITY,
        (0, _) => mean = f64::INFINITY,
        _ => {}
    }
    let ends = if real == 0 {
        [Cell::Real(f64::NAN); 2]
    } else {
        [value(grey.low, dtype), value(grey.high, dtype)]
    };
    [
        Cell::Real(mean),
        Cell::Real(deviation),
        ends[0],
        ends[1],
        Cell::Count(grey.nan),
    ]
}

/// The grey value of a rank; floats and integers are ranked in their order.
fn value(rank: u64, dtype: DType) -> Cell {
    match dtype {
        DType::F32 | DType::F64 => Cell::Real(voxsieve_objects::float_of_rank(rank)),
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => Cell::Count(rank),
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => Cell::Whole((rank ^ 1 << 63) as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_objects::Survey;

    #[test]
    fn every_value_is_of_its_column_s_kind() {
        for dtype in DType::ALL.map(Some).into_iter().chain([None]) {
            let spec = VolumeSpec::image([4; 3], DType::U8, [4; 3]);
            let columns = Columns::new(&spec, spec.region(), dtype);
            let survey = Survey {
                path: "labels".into(),
                region: spec.region(),
                labels: DType::U8,
                image: dtype,
            };
            let mut object = Object::new(1, survey.fixed());
            (object.voxels, object.low) = (1, [0; 3]);
            let row = columns.row(&object);
            let kind = |cell: &Cell| match cell {
                Cell::Count(_) => Kind::Count,
                Cell::Whole(_) => Kind::Whole,
                Cell::Real(_) => Kind::Real,
                Cell::Flag(_) => Kind::Flag,
            };
            assert_eq!(row.iter().map(kind).collect::<Vec<_>>(), columns.kinds());
            assert_eq!(row.len(), columns.names().len());
        }
    }
}
