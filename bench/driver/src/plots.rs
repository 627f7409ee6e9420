use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::columns::Column;
use crate::results::Results;
use crate::{Result, failed};

/// A plot of bars: groups side by side, in each a bar for every column.
struct Plot {
    file: &'static str,
    title: &'static str,
    groups: &'static [Group],
    value: fn(&Results, &str, Column) -> Option<f64>,
}

struct Group {
    title: &'static str,
    figure: &'static str,
}

const PLOTS: [Plot; 2] = [
    Plot {
        file: "cpu.svg",
        title: "CPU time a text chunk, as a multiple of the floor's (logarithmic; less is better)",
        groups: &[
            Group { title: "burst", figure: "burst/cpu" },
            Group { title: "one event an HTTP chunk", figure: "each/cpu" },
            Group { title: "… in main of a multi-thread runtime", figure: "multi-thread/cpu" },
            Group { title: "cut into 1 to 61 bytes", figure: "split/cpu" },
            Group { title: "whole answers, a request", figure: "whole/cpu" },
        ],
        value: Results::ratio,
    },
    Plot {
        file: "allocations.svg",
        title: "Allocations (logarithmic; less is better)",
        groups: &[
            Group { title: "a chunk, burst", figure: "burst/allocations" },
            Group { title: "a chunk, one event an HTTP chunk", figure: "each/allocations" },
            Group { title: "a whole answer", figure: "whole/allocations" },
        ],
        value: Results::median,
    },
];

/// Width and height, and what of the width the names of the columns take.
const SIZE: (u32, u32) = (1240, 440);
const LEGEND: u32 = 170;

/// Draws every plot that has figures.
pub(crate) fn draw(results: &Results, folder: &Path) -> Result {
    std::fs::create_dir_all(folder).map_err(failed(folder.display()))?;
    for plot in &PLOTS {
        let file = folder.join(plot.file);
        plot.draw(results, &file).map_err(failed(file.display()))?;
    }
    Ok(())
}

impl Plot {
    fn draw(&self, results: &Results, file: &Path) -> std::result::Result<(), Box<dyn std::error::Error>> {
        let columns: Vec<Column> = results.columns().collect();
        let value = |group: &Group, column: &Column| (self.value)(results, group.figure, *column);
        let has_any = |group: &&Group| columns.iter().any(|column| value(group, column).is_some());
        let groups: Vec<&Group> = self.groups.iter().filter(has_any).collect();
        let all = groups.iter().flat_map(|group| columns.iter().filter_map(move |column| value(group, column)));
        let (least, most) =
            all.fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        if most == 0.0 {
            return Ok(());
        }
        // A bar begins below its value also where that is the least of all.
        let (bottom, top) = ((least / 2.0).max(0.05), most * 2.0);

        let area = SVGBackend::new(file, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .margin_right(LEGEND)
            .x_label_area_size(28)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..groups.len() as f64, (bottom..top).log_scale())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(TRANSPARENT)
            .y_label_formatter(&|value| shown(*value))
            .draw()?;

        // A group is 1 wide, and a bar's width of it stays free.
        let width = 1.0 / (columns.len() + 1) as f64;
        let label = TextStyle::from(("sans-serif", 12)).pos(Pos::new(HPos::Center, VPos::Bottom));
        for (place, column) in columns.iter().enumerate() {
            let colour = colour(*column);
            let begin = |group: usize| group as f64 + width * (place as f64 + 0.5);
            let bars = groups.iter().enumerate();
            let bars: Vec<_> = bars.filter_map(|(at, group)| Some((begin(at), value(group, column)?))).collect();
            let rectangles =
                bars.iter().map(|(x, y)| Rectangle::new([(*x, bottom), (x + width * 0.9, *y)], colour.filled()));
            chart.draw_series(rectangles)?;
            chart.draw_series(bars.iter().map(|(x, y)| Text::new(shown(*y), (x + width * 0.45, *y), label.clone())))?;
        }
        for (at, group) in groups.iter().enumerate() {
            let below = TextStyle::from(("sans-serif", 13)).pos(Pos::new(HPos::Center, VPos::Top));
            let (x, y) = chart.backend_coord(&(at as f64 + 0.5, bottom));
            area.draw_text(group.title, &below, (x, y + 8))?;
        }
        for (place, column) in columns.iter().enumerate() {
            let (x, y) = ((SIZE.0 - LEGEND + 12) as i32, 60 + 22 * place as i32);
            area.draw(&Rectangle::new([(x, y), (x + 12, y + 12)], colour(*column).filled()))?;
            area.draw_text(column.title(), &("sans-serif", 13).into(), (x + 20, y))?;
        }
        area.present()?;
        Ok(())
    }
}

fn shown(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// The palette of Okabe and Ito, which also the colour-blind tell apart.
fn colour(column: Column) -> RGBColor {
    match column {
        Column::Floor => RGBColor(160, 160, 160),
        Column::Chatstream => RGBColor(0, 114, 178),
        Column::Reqwest => RGBColor(86, 180, 233),
        Column::AsyncOpenai => RGBColor(230, 159, 0),
        Column::Genai => RGBColor(0, 158, 115),
        Column::Rig => RGBColor(213, 94, 0),
    }
}
