//! Things as people read them.

use serde::Serialize;
use weir_model::Timestamp;

/// Prints rows as a table, or each as a line of JSON.
pub(crate) fn rows<T: Serialize>(
    json: bool,
    head: &[&str],
    rows: &[T],
    cells: impl Fn(&T) -> Vec<String>,
) -> Result<(), serde_json::Error> {
    if json {
        for row in rows {
            println!("{}", serde_json::to_string(row)?);
        }
        return Ok(());
    }
    if rows.is_empty() {
        println!("none");
        return Ok(());
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(head);
    for row in rows {
        table.add_row(cells(row));
    }
    println!("{}", table.trim_fmt());
    Ok(())
}

/// Says in JSON what was changed. To people it is enough that nothing went wrong.
pub(crate) fn done<T: Serialize>(json: bool, changed: &T) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string(changed)?);
    }
    Ok(())
}

/// A time in UTC, to the second.
pub(crate) fn time(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.as_millis())
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}
