use crate::harness::{World, text};

#[cfg(unix)]
#[test]
fn a_shell_takes_the_variables_and_gives_them_back() {
    let world = World::new();
    let (certificate, roots) = (world.make_certificate(), world.write("roots.pem", "# roots\n"));
    let script = r#"
        set -e
        eval "$("$WEIR" env --roots "$ROOTS" --proxy 127.0.0.1:4711)"
        echo "$HTTPS_PROXY $NODE_EXTRA_CA_CERTS $NODE_USE_ENV_PROXY"
        cat "$REQUESTS_CA_BUNDLE"
        eval "$("$WEIR" env --unset)"
        echo "gone:$HTTPS_PROXY$SSL_CERT_FILE"
    "#;
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", script])
        .env("WEIR", env!("CARGO_BIN_EXE_weir"))
        .env("ROOTS", &roots);
    shell
        .env("WEIR_STATE", world.path("state"))
        .env("HOME", world.path("home"));
    for inherited in ["HTTPS_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        shell.env_remove(inherited);
    }
    let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let first = format!("http://127.0.0.1:4711 {} 1\n", certificate.display());
    let expected = format!("{first}# roots\n{}gone:\n", text(&certificate).replace('\r', ""));
    assert_eq!(said, expected);
}

#[test]
fn json_names_every_variable() {
    let world = World::new();
    world.make_certificate();
    let roots = world.write("roots.pem", "# roots\n");
    let json = world
        .run(["env", "--shell", "json", "--roots", roots.to_str().unwrap()])
        .exits(0)
        .json();
    for name in [
        "HTTP_PROXY",
        "NO_PROXY",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "SSL_CERT_FILE",
    ] {
        assert!(json[name].is_string(), "{name}");
    }
    assert_eq!(
        json["HTTPS_PROXY"], "http://127.0.0.1:18080",
        "the default where no agent runs"
    );
}

#[test]
fn without_a_certificate_nothing_is_printed_to_be_evaluated() {
    let world = World::new();
    assert_eq!(world.run(["env"]).exits(3).stdout, "");
    world.make_certificate();
    assert_eq!(world.run(["env", "--roots", "/nowhere.pem"]).exits(3).stdout, "");
}
