//! JUnit XML: the form in which build servers take test results.

use std::fmt::Write;

use super::Tried;

/// One suite for each pack; a change that survived is a failed case of its own.
pub(super) fn report(suites: &[(String, Tried)]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (file, tried) in suites {
        let cases: Vec<String> = cases(file, tried).collect();
        let failed = cases.iter().filter(|case| case.contains("<failure")).count();
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">",
            escaped(file),
            cases.len()
        );
        cases.iter().for_each(|case| xml.push_str(case));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn cases<'a>(file: &'a str, tried: &'a Tried) -> impl Iterator<Item = String> + 'a {
    let tests = tried.results.iter().map(move |result| {
        let failures: Vec<String> = result.failures.iter().map(ToString::to_string).collect();
        case(file, result.line, &result.name, &failures.join("; "))
    });
    let survivors = tried.mutation.iter().flat_map(|score| &score.survivors);
    tests.chain(survivors.map(move |survivor| {
        let name = format!("mutation: {}", survivor.text);
        case(file, survivor.line, &name, "no test notices this change")
    }))
}

fn case(file: &str, line: u32, name: &str, failure: &str) -> String {
    let (file, name) = (escaped(file), escaped(name));
    let head = format!("    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\"");
    match failure.is_empty() {
        true => format!("{head}/>\n"),
        false => format!(
            "{head}>\n      <failure message=\"{}\"/>\n    </testcase>\n",
            escaped(failure)
        ),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write these.
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_cannot_break_out_of_their_attribute() {
        assert_eq!(escaped("a<b>\"&\u{1}"), "a&lt;b&gt;&quot;&amp; ");
    }
}
