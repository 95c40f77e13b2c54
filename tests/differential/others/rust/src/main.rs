//! The signer of the AWS SDK for Rust: a JSON list of requests a line in, their signed forms out.

use std::io::{stdin, stdout, BufRead, Write};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    sign, PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest,
    SignatureLocation, SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use serde_json::{json, Value};

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn signed(asked: &Value) -> Value {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let token = asked["token"].as_str().map(str::to_owned);
    let identity =
        Credentials::new(text("access_key"), text("secret_key"), token, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    if let Some(seconds) = asked["expires"].as_u64() {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
    } else {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(text("region"))
        .name("s3")
        .time(UNIX_EPOCH + Duration::from_secs(asked["now"].as_u64().unwrap()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let mut headers = vec![("Host".to_owned(), text("host").to_owned())];
    for pair in asked["headers"].as_array().unwrap() {
        headers.push((pair[0].as_str().unwrap().into(), pair[1].as_str().unwrap().into()));
    }
    let mut target = text("target").to_owned();
    let uri = format!("https://{}{}", text("host"), target);
    let request = SignableRequest::new(
        text("method"),
        uri,
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Precomputed(text("payload").to_owned()),
    )
    .unwrap();
    let (made, _) = sign(request, &parameters).unwrap().into_parts();
    let (added, query) = made.into_parts();
    for (name, value) in query {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&format!("{}={}", escaped(name), escaped(&value)));
    }
    for header in added {
        headers.push((header.name().to_owned(), header.value().to_owned()));
    }
    json!({"target": target, "headers": headers})
}

fn main() {
    for line in stdin().lock().lines() {
        let asked: Vec<Value> = serde_json::from_str(&line.unwrap()).unwrap();
        let answers: Vec<Value> = asked.iter().map(signed).collect();
        let mut output = stdout().lock();
        writeln!(output, "{}", Value::from(answers)).unwrap();
        output.flush().unwrap();
    }
}
