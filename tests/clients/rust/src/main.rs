//! AWS SDK for Rust: bytes, files as streams, each checksum, multipart, conditions, listing.
//! Arguments: endpoint URL, bucket, folder.  The key comes from the environment.

use std::env;
use std::path::{Path, PathBuf};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier,
};
use aws_sdk_s3::Client;
use sha2::{Digest, Sha256};

const MIB: usize = 1 << 20;

struct Store {
    client: Client,
    bucket: String,
    folder: PathBuf,
}

/// Bytes that do not compress and are the same on every run (xorshift).
fn content(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed * 2_654_435_761 + 1;
    let mut data = Vec::with_capacity(size + 8);
    while data.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend_from_slice(&state.to_le_bytes());
    }
    data.truncate(size);
    data
}

fn assert_same(got: &[u8], expected: &[u8], what: &str) {
    assert_eq!(Sha256::digest(got), Sha256::digest(expected), "{what} came back changed");
}

impl Store {
    async fn get(&self, key: &str) -> Vec<u8> {
        let asked = self.client.get_object().bucket(&self.bucket).key(key);
        let got = asked.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        got.body.collect().await.unwrap().to_vec()
    }

    async fn objects(&self) {
        for size in [0, 1, 5000, 3 * MIB] {
            let (body, key) = (content(1, size), format!("bytes ü/{size}"));
            let put = self.client.put_object().bucket(&self.bucket).key(&key);
            put.body(body.clone().into()).metadata("colour", "blue").send().await.unwrap();
            assert_same(&self.get(&key).await, &body, &key);
            let head = self.client.head_object().bucket(&self.bucket).key(&key).send().await.unwrap();
            assert_eq!(head.metadata().unwrap()["colour"], "blue");
        }
    }

    /// A file is a stream: its checksum follows it as a trailer.
    async fn streams(&self) {
        let path = self.folder.join("stream");
        let body = content(2, 2 * MIB + 17);
        std::fs::write(&path, &body).unwrap();
        for algorithm in [
            ChecksumAlgorithm::Crc32,
            ChecksumAlgorithm::Crc32C,
            ChecksumAlgorithm::Crc64Nvme,
            ChecksumAlgorithm::Sha1,
            ChecksumAlgorithm::Sha256,
        ] {
            let key = format!("stream/{}", algorithm.as_str());
            let stream = ByteStream::from_path(Path::new(&path)).await.unwrap();
            let put = self.client.put_object().bucket(&self.bucket).key(&key);
            put.body(stream).checksum_algorithm(algorithm).send().await.unwrap();
            assert_same(&self.get(&key).await, &body, &key);
            let head = self.client.head_object().bucket(&self.bucket).key(&key).send().await.unwrap();
            assert_eq!(head.content_encoding().unwrap_or(""), "");
        }
    }

    async fn multipart(&self) {
        let (client, bucket, key) = (&self.client, &self.bucket, "multipart");
        let bodies = [content(3, 5 * MIB), content(4, 6 * MIB + 1), content(5, 100)];
        let made = client.create_multipart_upload().bucket(bucket).key(key).send().await.unwrap();
        let upload = made.upload_id().unwrap();
        let mut done = CompletedMultipartUpload::builder();
        for (number, body) in (1..).zip(&bodies) {
            let part = client.upload_part().bucket(bucket).key(key).upload_id(upload);
            let sent = part.part_number(number).body(body.clone().into()).send().await.unwrap();
            let named = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
            done = done.parts(named.set_checksum_crc32(sent.checksum_crc32).build());
        }
        let complete = client.complete_multipart_upload().bucket(bucket).key(key);
        complete.upload_id(upload).multipart_upload(done.build()).send().await.unwrap();
        let whole = bodies.concat();
        assert_same(&self.get(key).await, &whole, key);
        let asked = client.get_object().bucket(bucket).key(key).range("bytes=5242870-5242899");
        let piece = asked.send().await.unwrap().body.collect().await.unwrap().to_vec();
        assert_same(&piece, &whole[5242870..5242900], "a range");
        let copy = client.copy_object().bucket(bucket).key("copied");
        copy.copy_source(format!("{bucket}/{key}")).send().await.unwrap();
        assert_same(&self.get("copied").await, &whole, "the copy");
    }

    async fn conditions(&self) {
        let put = || self.client.put_object().bucket(&self.bucket).key("once").if_none_match("*");
        put().body(ByteStream::from_static(b"1")).send().await.unwrap();
        let refusal = put().body(ByteStream::from_static(b"2")).send().await.unwrap_err();
        assert_eq!(refusal.code(), Some("PreconditionFailed"));
        let absent = self.client.get_object().bucket(&self.bucket).key("absent");
        assert!(absent.send().await.unwrap_err().into_service_error().is_no_such_key());
    }

    async fn listing(&self) {
        let list = self.client.list_objects_v2().bucket(&self.bucket).max_keys(3);
        let mut pages = list.into_paginator().send();
        let mut found = Delete::builder();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            for entry in page.unwrap().contents() {
                let named = ObjectIdentifier::builder().key(entry.key().unwrap());
                found = found.objects(named.build().unwrap());
                count += 1;
            }
        }
        assert_eq!(count, 4 + 5 + 3);
        let delete = self.client.delete_objects().bucket(&self.bucket);
        let gone = delete.delete(found.build().unwrap()).send().await.unwrap();
        assert_eq!(gone.deleted().len(), count);
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().collect();
    let secret = env::var("AWS_SECRET_ACCESS_KEY").unwrap();
    let key = Credentials::new(env::var("AWS_ACCESS_KEY_ID").unwrap(), secret, None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(&arguments[1])
        .force_path_style(true)
        .credentials_provider(key)
        .build();
    let store = Store {
        client: Client::from_conf(config),
        bucket: arguments[2].clone(),
        folder: PathBuf::from(&arguments[3]),
    };
    store.objects().await;
    store.streams().await;
    store.multipart().await;
    store.conditions().await;
    store.listing().await;
    println!("done");
}
