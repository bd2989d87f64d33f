//! Charts that the server draws as SVG, each with its numbers in a table. Colours and type are classes of the stylesheet.

use std::fmt::Write as _;

/// The width of every drawing in its own units; it is shown as wide as there is room.
const WIDTH: f64 = 640.0;
/// The height of a drawing without its labels.
const HEIGHT: f64 = 150.0;
/// Room for labels below. On a phone, where the drawing is half as wide, their type is nearly twice as high in its units.
const BELOW: f64 = 28.0;
/// Room for the numbers of the scale at the left.
const LEFT: f64 = 60.0;
/// The most labels along the bottom.
const LABELS: usize = 7;
/// The most points that are drawn; a chart with more keeps its newest.
const POINTS: usize = 1_000;

/// How its values look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One bar for each value.
    Bars,
    /// A line through all values.
    Line,
}

/// One row of values under one name.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it shows, as people read it.
    pub name: String,
    /// Its colour: `pass`, `ask`, `stop`, `off`, or empty for the usual one.
    pub class: &'static str,
    /// Its values, one for each label.
    pub values: Vec<f64>,
}

/// A chart: labels along the bottom, and the values of its series above them. Bars of several series stand on each other.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it shows: its caption and its name for a screen reader.
    pub title: String,
    /// How it looks.
    pub form: Form,
    /// What stands along the bottom.
    pub labels: Vec<String>,
    /// Where each label leads to, if anywhere: the rows behind the figure. Empty, or one for each label.
    pub links: Vec<String>,
    /// Its series.
    pub series: Vec<Series>,
}

impl Chart {
    /// The drawing, as an `svg` element. It is safe to show as it is: everything in it is a number, a class or escaped.
    #[must_use]
    pub fn svg(&self) -> String {
        let count = self.labels.len().min(POINTS);
        let top = nice(self.highest(count));
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">",
            HEIGHT + BELOW,
            escaped(&self.title)
        );
        for part in [0.0, 0.5, 1.0] {
            let y = HEIGHT - part * (HEIGHT - 8.0);
            let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
            let _ = write!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                number(top * part)
            );
        }
        match self.form {
            Form::Bars => self.bars(&mut svg, count, top),
            Form::Line => self.lines(&mut svg, count, top),
        }
        self.bottom(&mut svg, count);
        svg.push_str("</svg>");
        svg
    }

    /// The rows of the table behind the drawing: the label, where it leads to, and the values of all series.
    #[must_use]
    pub fn rows(&self) -> Vec<(&str, Option<&str>, Vec<String>)> {
        let values =
            |at: usize| self.series.iter().map(move |one| number(one.values.get(at).copied().unwrap_or_default()));
        let rows = self.labels.iter().enumerate();
        rows.map(|(at, label)| (label.as_str(), self.links.get(at).map(String::as_str), values(at).collect())).collect()
    }

    /// The values of the newest points of a series.
    fn newest<'a>(&self, series: &'a Series, count: usize) -> impl Iterator<Item = f64> + 'a {
        let skipped = self.labels.len().saturating_sub(count);
        series.values.iter().skip(skipped).take(count).map(|value| if value.is_finite() { value.max(0.0) } else { 0.0 })
    }

    fn highest(&self, count: usize) -> f64 {
        let mut sums = vec![0.0_f64; count];
        for series in &self.series {
            for (sum, value) in sums.iter_mut().zip(self.newest(series, count)) {
                *sum = if self.form == Form::Bars { *sum + value } else { sum.max(value) };
            }
        }
        sums.into_iter().fold(0.0, f64::max)
    }

    fn bars(&self, svg: &mut String, count: usize, top: f64) {
        let step = step(count);
        let gap = (step * 0.2).min(4.0);
        let mut bases = vec![HEIGHT; count];
        for series in &self.series {
            for (at, (base, value)) in bases.iter_mut().zip(self.newest(series, count)).enumerate() {
                let height = value / top * (HEIGHT - 8.0);
                *base -= height;
                if height > 0.0 {
                    let (x, width) = (LEFT + step * at_f64(at) + gap / 2.0, (step - gap).max(0.5));
                    let _ = write!(
                        svg,
                        "<rect class=\"bar {}\" x=\"{x:.1}\" y=\"{base:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
                        series.class
                    );
                }
            }
        }
    }

    fn lines(&self, svg: &mut String, count: usize, top: f64) {
        let step = step(count);
        for series in &self.series {
            let points = self.newest(series, count).enumerate().map(|(at, value)| {
                format!("{:.1},{:.1}", LEFT + step * (at_f64(at) + 0.5), HEIGHT - value / top * (HEIGHT - 8.0))
            });
            let points = points.collect::<Vec<_>>().join(" ");
            let _ = write!(svg, "<polyline class=\"line {}\" points=\"{points}\"/>", series.class);
        }
    }

    /// As many labels as there is room for; on a phone every second of them.
    fn bottom(&self, svg: &mut String, count: usize) {
        let skipped = self.labels.len().saturating_sub(count);
        let every = count.div_ceil(LABELS).max(1);
        let labels = self.labels.iter().skip(skipped).enumerate().filter(|(at, _)| at % every == 0);
        for (number, (at, label)) in labels.enumerate() {
            let x = LEFT + step(count) * (at_f64(at) + 0.5);
            let class = if number % 2 == 1 { " class=\"wide\"" } else { "" };
            let (y, text) = (HEIGHT + 20.0, escaped(label));
            let _ = write!(svg, "<text{class} x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>");
        }
    }
}

/// The width of one point.
fn step(count: usize) -> f64 {
    (WIDTH - LEFT) / at_f64(count.max(1))
}

/// A position as a number; there are at most [`POINTS`].
fn at_f64(at: usize) -> f64 {
    u32::try_from(at).map_or(f64::from(u32::MAX), f64::from)
}

/// The end of the scale: the next of 1, 2, 5, 10, 20, 50, …
fn nice(highest: f64) -> f64 {
    let mut unit = 1.0;
    while unit < 1e15 {
        for times in [1.0, 2.0, 5.0] {
            if highest <= unit * times {
                return unit * times;
            }
        }
        unit *= 10.0;
    }
    highest
}

/// A number without needless places.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(form: Form, values: &[f64]) -> Chart {
        let series = Series { name: "Permits".to_owned(), class: "pass", values: values.to_vec() };
        let labels = (0..values.len()).map(|at| format!("<{at}>")).collect();
        Chart { title: "A \"chart\"".to_owned(), form, labels, links: Vec::new(), series: vec![series] }
    }

    #[test]
    fn every_value_has_its_bar_and_its_row() {
        let chart = chart(Form::Bars, &[1.0, 0.0, 4.0]);
        let svg = chart.svg();
        assert_eq!(svg.matches("<rect class=\"bar pass\"").count(), 2, "{svg}");
        assert!(
            svg.contains("aria-label=\"A &quot;chart&quot;\"") && svg.contains("&lt;2&gt;") && !svg.contains("style")
        );
        let rows: Vec<_> = chart.rows().into_iter().map(|(label, _, values)| (label, values)).collect();
        assert_eq!(rows, [("<0>", vec!["1".to_owned()]), ("<1>", vec!["0".to_owned()]), ("<2>", vec!["4".to_owned()])]);
        // The highest bar is as high as its part of the scale.
        assert!(svg.contains("height=\"113.6\""), "{svg}");
    }

    #[test]
    fn a_chart_of_nothing_and_of_no_number_is_drawn() {
        for values in [&[][..], &[0.0], &[f64::NAN, f64::INFINITY, -1.0]] {
            for form in [Form::Bars, Form::Line] {
                let svg = chart(form, values).svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("rect"), "{svg}");
            }
        }
    }

    #[test]
    fn a_long_line_has_few_labels_and_a_round_scale() {
        let values: Vec<f64> = (0..5_000).map(f64::from).collect();
        let svg = chart(Form::Line, &values).svg();
        assert!(svg.matches("text-anchor=\"middle\"").count() <= LABELS, "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 1);
        assert_eq!([0.0, 3.0, 17.0, 5_000.0, 5_001.0].map(nice), [1.0, 5.0, 20.0, 5_000.0, 10_000.0]);
        assert_eq!([0.5, 2.0, 2.25].map(number), ["0.5", "2", "2.2"]);
    }
}
