//! Charts as SVG, in the colours of the page.

use std::fmt::Write;

/// Size of a chart and room for what stands beside it, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;

/// A number of at most four digits that matter.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = if size >= 1000.0 {
        0
    } else if size >= 100.0 {
        1
    } else if size >= 1.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        grouped(&text)
    }
}

/// A whole number with thin spaces.
pub fn whole(value: u64) -> String {
    grouped(&value.to_string())
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("−", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// How an axis goes from values to pixels.
#[derive(Clone, Copy)]
pub struct Scale {
    from: f64,
    to: f64,
    log: bool,
    pixels: [f64; 2],
}

impl Scale {
    /// From left to right.
    pub fn across(from: f64, to: f64, log: bool) -> Self {
        Self {
            from,
            to: if to > from { to } else { from + 1.0 },
            log,
            pixels: [LEFT, WIDTH - RIGHT],
        }
    }

    /// From the bottom, which is 0, up.
    pub fn up(to: f64) -> Self {
        Self {
            from: 0.0,
            to: if to > 0.0 { to } else { 1.0 },
            log: false,
            pixels: [HEIGHT - BOTTOM, TOP],
        }
    }

    pub fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            libm::log(value / self.from) / libm::log(self.to / self.from)
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.pixels[0] + share * (self.pixels[1] - self.pixels[0])
    }

    /// Round values to write beside the axis.
    fn ticks(&self) -> Vec<f64> {
        if self.log {
            let mut ticks = Vec::new();
            let mut power = libm::pow(10.0, libm::floor(libm::log10(self.from)));
            while power <= self.to {
                ticks.extend([1.0, 2.0, 5.0].map(|n| n * power));
                power *= 10.0;
            }
            ticks.retain(|t| (self.from..=self.to).contains(t));
            return ticks;
        }
        let step = (self.to - self.from) / 5.0;
        let power = libm::pow(10.0, libm::floor(libm::log10(step)));
        let nice = [1.0, 2.0, 5.0, 10.0].map(|n| n * power);
        let step = nice.into_iter().find(|n| *n >= step).unwrap_or(step);
        let first = libm::ceil(self.from / step);
        (0..12)
            .map(|n| (first + f64::from(n)) * step)
            .take_while(|t| *t <= self.to * (1.0 + 1e-12))
            .collect()
    }
}

/// A chart that is being drawn.
pub struct Chart {
    svg: String,
    x: Scale,
    y: Scale,
}

impl Chart {
    /// Axes with their names.
    pub fn new(title: &str, x: Scale, y: Scale, x_name: &str, y_name: &str, percent: bool) -> Self {
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><g class="grid">"#
        );
        let (left, right, bottom) = (x.pixels[0], x.pixels[1], y.pixels[0]);
        for tick in y.ticks() {
            let at = y.at(tick);
            let value = if percent {
                format!("{} %", short(100.0 * tick))
            } else {
                short(tick)
            };
            let _ = write!(
                svg,
                r#"<path d="M{left:.1} {at:.1}H{right:.1}"/><text x="{:.1}" y="{:.1}" text-anchor="end">{value}</text>"#,
                left - 8.0,
                at + 4.0
            );
        }
        for tick in x.ticks() {
            let at = x.at(tick);
            let _ = write!(
                svg,
                r#"<path class="tick" d="M{at:.1} {bottom:.1}v5"/><text x="{at:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                bottom + 18.0,
                short(tick)
            );
        }
        let _ = write!(
            svg,
            r#"<path class="axis" d="M{left:.1} {bottom:.1}H{right:.1}"/><text class="name" x="{right:.1}" y="{:.1}" text-anchor="end">{x_name}</text><text class="name" x="{left:.1}" y="14">{y_name}</text></g>"#,
            bottom + 34.0
        );
        Self { svg, x, y }
    }

    /// A bar from one value to another.
    pub fn bar(&mut self, from: f64, to: f64, height: f64, hint: &str) {
        let (left, right) = (self.x.at(from), self.x.at(to));
        let (top, bottom) = (self.y.at(height), self.y.at(0.0));
        let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
        let _ = write!(
            self.svg,
            r#"<rect class="bar" x="{left:.2}" y="{top:.2}" width="{:.2}" height="{:.2}" rx="{gap}"><title>{hint}</title></rect>"#,
            (right - left - gap).max(0.3),
            bottom - top
        );
    }

    /// A line through points, of the colour with this number.
    pub fn line(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: usize) {
        let mut path = String::new();
        for (x, y) in points {
            let word = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{word}{:.1} {:.1}", self.x.at(x), self.y.at(y));
        }
        let _ = write!(self.svg, r#"<path class="line c{colour}" d="{path}"/>"#);
    }

    /// An upright line at a value, with its name at a height of so many lines.
    pub fn mark(&mut self, value: f64, name: &str, line: usize) {
        let at = self.x.at(value);
        let y = TOP + 10.0 + 13.0 * line as f64;
        let left = at > WIDTH - 130.0;
        let (anchor, aside) = if left { ("end", -4.0) } else { ("start", 4.0) };
        let _ = write!(
            self.svg,
            r#"<path class="mark" d="M{at:.1} {TOP}V{:.1}"/><text class="mark" x="{:.1}" y="{y:.1}" text-anchor="{anchor}">{name}</text>"#,
            self.y.at(0.0),
            at + aside
        );
    }

    /// The picture.
    pub fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}
