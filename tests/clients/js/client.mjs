// AWS SDK for JavaScript v3: buffers, streams, multipart, presigned URLs.
// Arguments: endpoint URL, bucket, node_modules.  The key comes from the environment.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const [endpoint, bucket, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const s3sdk = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const MIB = 1 << 20;
const settings = { endpoint, region: "us-east-1", forcePathStyle: true, maxAttempts: 1 };
// Without a buffer each piece of a stream is a chunk, and S3 refuses those below 8 KB.
const s3 = new s3sdk.S3Client({ ...settings, requestStreamBufferSize: 64 * 1024 });
const unbuffered = new s3sdk.S3Client(settings);
// By default the presigner signs the checksum of the body it has: none.
const presigner = new s3sdk.S3Client({ ...settings, requestChecksumCalculation: "WHEN_REQUIRED" });
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const send = (name, input) => s3.send(new s3sdk[`${name}Command`]({ Bucket: bucket, ...input }));
const read = async (input) => Buffer.from(await (await send("GetObject", input)).Body.transformToByteArray());

// Pieces of odd sizes, so that no chunk of the SDK's is one of ours.
function* pieces(data) {
  for (let start = 0, size = 1; start < data.length; start += size, size = (size * 7 + 13) % 90001) {
    yield data.subarray(start, start + size);
  }
}

async function buffers() {
  for (const size of [0, 1, 5000, 3 * MIB]) {
    const body = randomBytes(size);
    await send("PutObject", { Key: `buffer ü/${size}`, Body: body, Metadata: { colour: "blue" } });
    const got = await send("GetObject", { Key: `buffer ü/${size}`, ChecksumMode: "ENABLED" });
    assert.equal(sha256(await got.Body.transformToByteArray()), sha256(body));
    assert.deepEqual(got.Metadata, { colour: "blue" });
    assert.ok(got.ChecksumCRC32);
  }
}

// A stream goes aws-chunked with a trailer, its hash not known beforehand.
async function streams() {
  for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
    const body = randomBytes(2 * MIB + 17);
    await send("PutObject", {
      Key: `stream/${ChecksumAlgorithm}`,
      Body: Readable.from(pieces(body)),
      ContentLength: body.length,
      ContentEncoding: "x-kept",
      ChecksumAlgorithm,
    });
    const head = await send("HeadObject", { Key: `stream/${ChecksumAlgorithm}`, ChecksumMode: "ENABLED" });
    assert.ok(head[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
    assert.equal(head.ContentEncoding, "x-kept"); // and not aws-chunked
    assert.equal(sha256(await read({ Key: `stream/${ChecksumAlgorithm}` })), sha256(body));
  }
  const Body = Readable.from(pieces(randomBytes(1000)));
  const put = new s3sdk.PutObjectCommand({ Bucket: bucket, Key: "small pieces", Body, ContentLength: 1000 });
  await assert.rejects(unbuffered.send(put), { name: "InvalidChunkSizeError" });
}

async function multipart() {
  const body = randomBytes(18 * MIB + 3);
  const upload = new Upload({
    client: s3,
    params: { Bucket: bucket, Key: "multipart", Body: Readable.from(pieces(body)) },
    partSize: 5 * MIB,
    queueSize: 3,
  });
  await upload.done();
  assert.match((await send("HeadObject", { Key: "multipart" })).ETag, /-4"$/);
  assert.equal(sha256(await read({ Key: "multipart" })), sha256(body));
  const middle = await read({ Key: "multipart", Range: "bytes=6000000-6000999" });
  assert.equal(sha256(middle), sha256(body.subarray(6000000, 6001000)));
  await send("CopyObject", { Key: "copied", CopySource: `${bucket}/multipart` });
  assert.equal(sha256(await read({ Key: "copied" })), sha256(body));
}

async function presigned() {
  const body = randomBytes(100000);
  const put = new s3sdk.PutObjectCommand({ Bucket: bucket, Key: "presigned ~key", Metadata: { colour: "blue" } });
  const answer = await fetch(await getSignedUrl(presigner, put, { expiresIn: 300 }), { method: "PUT", body });
  assert.equal(answer.status, 200, await answer.text());
  const get = new s3sdk.GetObjectCommand({ Bucket: bucket, Key: "presigned ~key" });
  const got = await fetch(await getSignedUrl(presigner, get, { expiresIn: 300 }));
  assert.equal(sha256(Buffer.from(await got.arrayBuffer())), sha256(body));
  assert.equal(got.headers.get("x-amz-meta-colour"), "blue");
}

async function conditionsAndErrors() {
  await send("PutObject", { Key: "once", Body: "1", IfNoneMatch: "*" });
  await assert.rejects(send("PutObject", { Key: "once", Body: "2", IfNoneMatch: "*" }), {
    name: "PreconditionFailed",
  });
  await assert.rejects(send("GetObject", { Key: "absent" }), { name: "NoSuchKey" });
  await assert.rejects(send("HeadObject", { Key: "absent" }), { name: "NotFound" });
}

async function listing() {
  const found = [];
  for await (const page of s3sdk.paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket: bucket })) {
    found.push(...page.Contents.map((entry) => entry.Key));
  }
  assert.equal(found.length, 4 + 5 + 4);
  const grouped = await send("ListObjectsV2", { Delimiter: "/" });
  assert.deepEqual(grouped.CommonPrefixes.map((entry) => entry.Prefix), ["buffer ü/", "stream/"]);
  const gone = await send("DeleteObjects", { Delete: { Objects: found.map((Key) => ({ Key })) } });
  assert.equal(gone.Deleted.length, found.length);
}

for (const part of [buffers, streams, multipart, presigned, conditionsAndErrors, listing]) {
  await part();
  console.log(part.name);
}
