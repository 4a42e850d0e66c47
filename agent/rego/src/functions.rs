//! Which functions a rule may call: those that are made from their arguments alone, and do not make much out of little.

use weir_policy::RegoFault;

use crate::module::place_of;

/// The functions of Rego that may be called.
const ALLOWED: &[&str] = &[
    "__builtin_sets.intersection",
    "__builtin_sets.union",
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "bits.and",
    "bits.or",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "glob.match",
    "glob.quote_meta",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "lower",
    "max",
    "min",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "regex.is_valid",
    "regex.match",
    "round",
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.reverse",
    "substring",
    "sum",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "upper",
];

/// Beginnings of the names of functions that ask something outside of the rule.
const OUTSIDE: &[&str] = &[
    "http.", "time.", "rand.", "uuid.", "opa.", "net.", "io.", "crypto.", "rego.", "print", "trace",
];

/// Digits of the widest field that `sprintf` may fill.
const WIDTH: usize = 2;

/// What is wrong with a call of this function; `None` for one that may be called.
pub(crate) fn refusal(name: &str) -> Option<String> {
    if ALLOWED.contains(&name) {
        return None;
    }
    let outside = OUTSIDE.iter().any(|start| name.starts_with(start));
    Some(match outside {
        true => format!("`{name}` asks something outside of the rule: a rule sees its input and nothing else"),
        false => format!("`{name}` may not be called: rules call functions that make little out of little"),
    })
}

/// Formats that fill fields of any width: a few characters of them make gigabytes in one step.
pub(crate) fn wide_formats(number: usize, text: &str) -> Option<RegoFault> {
    for (at, call) in text.match_indices("sprintf") {
        let format = text[at + call.len()..]
            .trim_start()
            .strip_prefix('(')
            .unwrap_or("")
            .trim_start();
        let written = match format.chars().next() {
            Some(mark @ ('"' | '`')) => format[1..].split(mark).next(),
            _ => None,
        };
        let is_wide = |directive: &str| {
            let flags = directive.trim_start_matches(['+', '-', ' ', '0', '.']);
            let width = flags.bytes().take_while(u8::is_ascii_digit).count();
            width > WIDTH || flags.starts_with('*')
        };
        let fault = match written {
            None => "`sprintf` takes a format that is written out",
            Some(format) if format.split('%').skip(1).any(is_wide) => "`sprintf` fills fields of at most 99 characters",
            Some(_) => continue,
        };
        let (line, column) = place_of(text, at);
        return Some(RegoFault {
            module: number,
            line,
            column,
            message: fault.to_owned(),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{refusal, wide_formats};

    #[test]
    fn what_reaches_outside_is_told_apart_from_what_is_too_much() {
        for name in [
            "http.send",
            "time.now_ns",
            "rand.intn",
            "opa.runtime",
            "uuid.rfc4122",
            "net.lookup_ip_addr",
        ] {
            assert!(refusal(name).unwrap().contains("outside"), "{name}");
        }
        for name in [
            "numbers.range",
            "bits.lsh",
            "json.marshal",
            "replace",
            "regex.replace",
            "product",
        ] {
            assert!(refusal(name).unwrap().contains("little"), "{name}");
        }
        assert_eq!(refusal("startswith"), None);
    }

    #[test]
    fn formats_are_narrow_and_written_out() {
        for fine in [
            "sprintf(\"%s of %d, %5.2f and %v\", [x])",
            "sprintf( `100%`, [])",
            "x := 1",
        ] {
            assert_eq!(wide_formats(0, fine), None, "{fine}");
        }
        for wide in [
            "sprintf(\"%100d\", [3])",
            "sprintf(`%-0999s`, [])",
            "sprintf(\"%*d\", [9])",
            "sprintf(x, [3])",
            "sprintf(\"%.123f\", [1])",
        ] {
            assert!(wide_formats(0, wide).is_some(), "{wide}");
        }
        let fault = wide_formats(2, "package a\n  x := sprintf(y, [])").unwrap();
        assert_eq!((fault.module, fault.line, fault.column), (2, 2, 8));
    }
}
